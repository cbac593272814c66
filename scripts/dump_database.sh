#!/bin/sh
# Writes the database that database_environment.sh names to standard output, as pg_dump's archive (pg_restore reads it).
# No argument holds a secret.
set -eu

exec pg_dump --format=custom --no-password
