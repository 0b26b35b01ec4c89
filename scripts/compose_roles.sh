#!/bin/bash
# Lo corre la imagen de postgres al crear la base de compose.yaml: los roles de src/datos/roles.ts.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -U postgres -v dueno="$CLAVE_DUENO" -v autenticador="$CLAVE_AUTENTICADOR" <<'SQL'
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login inherit password :'autenticador';
create role nora_dueno login createrole password :'dueno';
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role, authenticator to nora_dueno with admin option;
create database nora owner nora_dueno;
SQL
