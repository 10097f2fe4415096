POINT=2026-11-20T14:31:00Z
(
  set -euo pipefail
  uri() { neon connection-string "$1" --database-name shop --project-id "$NEON_PROJECT_ID"; }

  psql "$(uri "production@$POINT")" --command "COPY orders TO STDOUT" |
    psql "$(uri production)" --quiet --single-transaction --set ON_ERROR_STOP=1 \
      --command "CREATE TEMP TABLE old_orders (LIKE orders)" \
      --command "COPY old_orders FROM STDIN" \
      --command "INSERT INTO orders SELECT * FROM old_orders ON CONFLICT DO NOTHING"

  psql "$(uri production)" --csv --command "SELECT count(*) AS orders FROM orders"
)
