POINT=2026-11-20T14:31:00Z
(
  set -euo pipefail
  past=$(neon connection-string "production@$POINT" --database-name shop --project-id "$NEON_PROJECT_ID")
  present=$(neon connection-string production --database-name shop --project-id "$NEON_PROJECT_ID")

  # The present side is one transaction, which ends without a change if a step fails.
  psql "$past" --command "COPY orders TO STDOUT" |
    psql "$present" --quiet --single-transaction --set ON_ERROR_STOP=1 \
      --command "CREATE TEMP TABLE old_orders (LIKE orders)" \
      --command "COPY old_orders FROM STDIN" \
      --command "INSERT INTO orders SELECT * FROM old_orders ON CONFLICT DO NOTHING"

  psql "$present" --csv --command "SELECT count(*) AS orders FROM orders"
)
