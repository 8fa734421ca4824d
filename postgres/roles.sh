#!/bin/sh
# One user and one schema for each service that owns data: a service reads and writes its own tables and cannot even name another's.
# The tables are made by the user that runs this, who runs the migrations, too. The postgres image runs it once, on an empty volume; on a managed
# server run it by hand: POSTGRES_USER and POSTGRES_DB as for the image, PGHOST and PGPASSWORD, and a DATABASE_PASSWORD_… for each service.
(
  set -eu
  for service in access retrieval models agents connectors; do
    PASSWORD=$(printenv "DATABASE_PASSWORD_$(printf %s "$service" | tr '[:lower:]' '[:upper:]')")
    export PASSWORD
    psql --set ON_ERROR_STOP=1 --set service="$service" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv password PASSWORD
create role :"service" login password :'password';
create schema :"service";
grant usage on schema :"service" to :"service";
alter default privileges in schema :"service" grant select, insert, update, delete on tables to :"service";
alter default privileges in schema :"service" grant usage on sequences to :"service";
SQL
  done
)
