#!/bin/sh
# A small stand-in for the official entrypoint: initialises an empty data folder from POSTGRES_USER,
# POSTGRES_PASSWORD, POSTGRES_DB and /docker-entrypoint-initdb.d/*.sql|*.sh, then becomes the server.
set -eu

case "${1:-postgres}" in
  postgres | -*) ;;
  *) exec "$@" ;;
esac
[ "${1:-}" = postgres ] && shift

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=999 --regid=999 --init-groups "$0" postgres "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'error: POSTGRES_PASSWORD is not set' >&2
    exit 1
  fi
  # A folder that a killed first start left half-made is refused by initdb: it goes in and comes out by rename.
  building="$PGDATA/.building"
  rm -rf "$building"
  passwords=$(mktemp)
  printf '%s\n' "${POSTGRES_PASSWORD:-unused}" > "$passwords"
  initdb --pgdata="$building" --username="$user" --pwfile="$passwords" --auth-local=trust \
    --auth-host="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" ${POSTGRES_INITDB_ARGS:-} > /dev/null
  rm -f "$passwords"
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$building/pg_hba.conf"
  # While the folder is filled nobody outside can connect, so a health check over TCP cannot be green too early.
  pg_ctl --pgdata="$building" --wait --silent --options="-c listen_addresses='' -c unix_socket_directories=/tmp" start
  [ "$database" = postgres ] || psql -q -v ON_ERROR_STOP=1 -h /tmp -U "$user" -d postgres -c "CREATE DATABASE \"$database\""
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sql) echo "running $file"; psql -q -v ON_ERROR_STOP=1 -h /tmp -U "$user" -d "$database" -f "$file" ;;
      *.sh) echo "running $file"; PGHOST=/tmp PGUSER="$user" PGDATABASE="$database" sh "$file" ;;
    esac
  done
  pg_ctl --pgdata="$building" --wait --silent --mode=fast stop
  # PG_VERSION last: its presence means that the folder is complete.
  for file in "$building"/*; do
    [ "${file##*/}" = PG_VERSION ] || { rm -rf "$PGDATA/${file##*/}"; mv "$file" "$PGDATA/"; }
  done
  mv "$building/PG_VERSION" "$PGDATA/PG_VERSION"
  rmdir "$building"
  chmod 700 "$PGDATA"
fi

exec postgres -D "$PGDATA" -c listen_addresses='*' "$@"
