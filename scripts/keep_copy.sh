#!/bin/sh
# Puts FILE to PATH in the bucket of copies, PRESSWERK_COPIES_BUCKET: keep_copy.sh FILE PATH
# The storage is IONOS's in eu-central-3 unless PRESSWERK_COPIES_ENDPOINT and AWS_DEFAULT_REGION name another; its key is
# in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
set -eu

: "${PRESSWERK_COPIES_BUCKET:?names no bucket}"
AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-eu-central-3}"
export AWS_DEFAULT_REGION
exec aws s3 cp --only-show-errors \
    --endpoint-url "${PRESSWERK_COPIES_ENDPOINT:-https://s3.eu-central-3.ionoscloud.com}" \
    "$1" "s3://$PRESSWERK_COPIES_BUCKET/$2"
