shop=$(neon connection-string production --database-name shop --project-id "$NEON_PROJECT_ID") &&
  analytics=$(neon connection-string production --database-name analytics --project-id "$NEON_PROJECT_ID") &&
  psql "$shop" --csv --command "SELECT count(*) AS orders FROM orders" &&
  psql "$analytics" --csv --command "SELECT count(*) AS events FROM events"
