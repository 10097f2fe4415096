POINT=2026-11-20T14:31:00Z

past=$(neon connection-string "production@$POINT" --database-name shop --project-id "$NEON_PROJECT_ID") &&
  psql "$past" --csv --command "SELECT count(*) AS orders FROM orders"
