#!/bin/bash
# Puts the changes of files on a branch and opens a pull request: propose.sh BRANCH TITLE FILE...
# Needs GH_TOKEN and GH_REPO in the environment; the token is in no argument, file or configuration of git.
set -euo pipefail

branch="$1"
title="$2"
shift 2

if git diff --quiet -- "$@"; then
    echo "Nothing is to be changed."
    exit 0
fi
git switch --quiet --create "$branch"
git -c user.name="presswerk" -c user.email="presswerk@users.noreply.github.com" commit --quiet --message "$title" -- "$@"
# shellcheck disable=SC2016  # expanded by the shell that git starts
git -c credential.helper= -c credential.helper='!f() { echo username=x-access-token; echo "password=$GH_TOKEN"; }; f' \
    push --quiet "https://github.com/$GH_REPO.git" "HEAD:refs/heads/$branch"
gh pr create --head "$branch" --title "$title" --body "Merging this lets the deploy workflow apply it."
