(
  set -euo pipefail
  shop=$(neon connection-string production --database-name shop --project-id "$NEON_PROJECT_ID")

  before=$(psql "$shop" --tuples-only --no-align --command "SELECT pg_current_wal_insert_lsn()")
  psql "$shop" --quiet --command "ALTER TABLE customers DROP COLUMN name"

  # The release turns out to be wrong.
  neon branches restore production "^self@$before" \
    --preserve-under-name "production_old_$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --project-id "$NEON_PROJECT_ID" --output json >/dev/null

  # The command returns before the work is done.
  until neon operations list --project-id "$NEON_PROJECT_ID" --output json |
    jq --exit-status 'all(.[]; .status | IN("finished", "skipped", "failed", "error", "cancelled"))' >/dev/null
  do
    sleep 1
  done

  psql "$shop" --csv --command "SELECT id, name FROM customers ORDER BY id LIMIT 1"
)
