uri() { neon connection-string production --database-name "$1" --project-id "$NEON_PROJECT_ID"; }

psql "$(uri shop)" --csv --command "SELECT count(*) AS orders FROM orders"
psql "$(uri analytics)" --csv --command "SELECT count(*) AS events FROM events"
