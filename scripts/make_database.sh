#!/bin/sh
# Makes the database that database_environment.sh names, and its user with the password that the Secret holds, and signs
# in as that user. What is there already stays; the password is given again, and nobody else may open the database.
# ADMINISTRATOR, ADMINISTRATOR_DATABASE and ADMINISTRATOR_PASSWORD are of somebody who may make both. No argument holds a
# secret.
set -eu

export SERVICE_USER="$PGUSER" SERVICE_DATABASE="$PGDATABASE" SERVICE_PASSWORD="$PGPASSWORD"
export PGUSER="$ADMINISTRATOR" PGDATABASE="$ADMINISTRATOR_DATABASE" PGPASSWORD="$ADMINISTRATOR_PASSWORD"
psql --no-psqlrc --quiet --no-password --set ON_ERROR_STOP=1 <<'SQL'
\set VERBOSITY terse
\getenv user SERVICE_USER
\getenv password SERVICE_PASSWORD
\getenv database SERVICE_DATABASE
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I LOGIN', :'user') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'user', :'password') \gexec
SELECT format('GRANT %I TO CURRENT_USER', :'user') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'database') \gexec
SQL
PGUSER="$SERVICE_USER" PGDATABASE="$SERVICE_DATABASE" PGPASSWORD="$SERVICE_PASSWORD" \
    psql --no-psqlrc --quiet --no-password --command 'CREATE TEMPORARY TABLE it_may_make_tables ()'
