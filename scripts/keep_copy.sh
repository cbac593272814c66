#!/bin/sh
# Puts FILE to PATH in the bucket of copies, PRESSWERK_COPIES_BUCKET: keep_copy.sh FILE PATH
# The storage is IONOS's unless PRESSWERK_COPIES_ENDPOINT names another; its key is in AWS_ACCESS_KEY_ID and
# AWS_SECRET_ACCESS_KEY.
set -eu

: "${PRESSWERK_COPIES_BUCKET:?names no bucket}"
exec aws s3 cp --only-show-errors \
    --endpoint-url "${PRESSWERK_COPIES_ENDPOINT:-https://s3.eu-central-3.ionoscloud.com}" \
    "$1" "s3://$PRESSWERK_COPIES_BUCKET/$2"
