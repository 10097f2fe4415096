POINT=2026-11-20T14:31:00Z

psql "$(neon connection-string "production@$POINT" --database-name shop --project-id "$NEON_PROJECT_ID")" \
  --command "DELETE FROM orders" 2>&1 || true
