shop=$(neon connection-string production --database-name shop --project-id "$NEON_PROJECT_ID") &&
  psql "$shop" --tuples-only --no-align --command "SELECT pg_current_wal_insert_lsn()" \
    >before-release.lsn
