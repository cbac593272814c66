#!/bin/bash
# Builds an image and pushes it to GitHub's registry with an SBOM and provenance: publish_image.sh hub|wordpress
# Environment: OWNER, ACTOR and TOKEN (rights to write packages), REVISION (commit), RELEASED=true for a release, whose
# tag is the version; otherwise it is the version and the commit. Name and digest go to GITHUB_OUTPUT where there is one.
set -euo pipefail

cd "$(dirname "$0")/.."
name="ghcr.io/${OWNER,,}/presswerk/$1"
version="$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' src/presswerk/__init__.py)"
tag="$version"
[ "${RELEASED:-false}" = true ] || tag="$version-${REVISION::12}"

docker login ghcr.io --username "$ACTOR" --password-stdin <<<"$TOKEN"
# The builder that docker has by itself can attach neither of the two statements.
docker buildx create --name presswerk --driver docker-container --use
scripts/build_image.sh "$1" "$name:$tag" --push --sbom=true --provenance=mode=max \
    --metadata-file "build/$1.json" --label "org.opencontainers.image.revision=$REVISION"
digest="$(jq --exit-status --raw-output '."containerimage.digest"' "build/$1.json")"
echo "$name:$tag@$digest"
{
    echo "name=$name"
    echo "digest=$digest"
} >>"${GITHUB_OUTPUT:-/dev/null}"
