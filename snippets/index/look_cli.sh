POINT=2026-11-20T14:31:00Z

psql "$(neon connection-string "production@$POINT" --database-name shop --project-id "$NEON_PROJECT_ID")" \
  --csv --command "SELECT count(*) AS orders FROM orders"
