GOOD=2026-11-20T14:30:00Z BAD=2026-11-20T14:34:00Z
(
  set -euo pipefail
  seconds() { jq --null-input --arg time "$1" '$time | fromdate'; }
  stamp() { jq --null-input --raw-output --argjson seconds "$1" '$seconds | todate'; }

  good=$(seconds "$GOOD") bad=$(seconds "$BAD")
  while ((bad - good > 1)); do
    middle=$(((good + bad) / 2))
    past=$(neon connection-string "production@$(stamp "$middle")" \
      --database-name shop --project-id "$NEON_PROJECT_ID")
    rows=$(psql "$past" --tuples-only --no-align --command "SELECT count(*) FROM orders")
    echo "$(stamp "$middle") $rows rows"
    if ((rows > 0)); then good=$middle; else bad=$middle; fi
  done
  echo "restore to $(stamp "$good")"
)
