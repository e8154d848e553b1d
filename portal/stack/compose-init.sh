#!/bin/sh
# Makes the portal's roles in a new PostgreSQL container: mount it in /docker-entrypoint-initdb.d, beside
# roles.sql mounted at /portal/roles.sql. Each password comes as PORTAL_…_PASSWORD or as PORTAL_…_PASSWORD_FILE.
set -eu

# Print the value of variable $1, or the content of the file that $1_FILE names.
value_of() {
    eval "value=\${$1:-}"
    eval "file=\${$1_FILE:-}"
    if [ -z "$value" ] && [ -n "$file" ]; then
        value=$(cat "$file")
    fi
    if [ -z "$value" ]; then
        echo "Set $1 or $1_FILE: the role needs a password." >&2
        exit 1
    fi
    printf '%s' "$value"
}

run() {
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

OWNER=$(value_of PORTAL_OWNER_PASSWORD)
APP=$(value_of PORTAL_APP_PASSWORD)
BACKUP=$(value_of PORTAL_BACKUP_PASSWORD)
OPS=$(value_of PORTAL_OPS_PASSWORD)
export OWNER APP BACKUP OPS

run --file "${PORTAL_ROLES_SQL:-/portal/roles.sql}"
# psql takes the passwords from its environment, so that no list of processes shows them.
run <<'SQL'
\getenv owner OWNER
\getenv app APP
\getenv backup BACKUP
\getenv ops OPS
ALTER ROLE portal_owner PASSWORD :'owner';
ALTER ROLE portal_app PASSWORD :'app';
ALTER ROLE portal_backup PASSWORD :'backup';
ALTER ROLE portal_ops PASSWORD :'ops';
SQL
