#!/bin/sh
# Runs once, on an empty volume: the product's login gets its password before the first migration, which finds the role and keeps it.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$APP_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
create role app_login login noinherit connection limit 200 password :'password';
create database intellidocs;
grant connect on database intellidocs to app_login;
SQL
