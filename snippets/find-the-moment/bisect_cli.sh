GOOD=2026-11-20T14:30:00Z BAD=2026-11-20T14:34:00Z
(
  set -euo pipefail
  seconds() { jq --null-input --arg time "$1" '$time | fromdate'; }
  stamp() { jq --null-input --raw-output --argjson seconds "$1" '$seconds | todate'; }
  rows() {
    past=$(neon connection-string "production@$(stamp "$1")" --database-name shop --project-id "$NEON_PROJECT_ID")
    psql "$past" --tuples-only --no-align --command "SELECT count(*) FROM orders"
  }

  good=$(seconds "$GOOD") bad=$(seconds "$BAD")
  if [[ $(rows "$good") == 0 || $(rows "$bad") != 0 ]]; then
    echo "GOOD has to be good, and BAD bad" >&2 && exit 1
  fi
  while ((bad - good > 1)); do
    middle=$(((good + bad) / 2))
    found=$(rows "$middle")
    echo "$(stamp "$middle") $found rows"
    if ((found > 0)); then good=$middle; else bad=$middle; fi
  done
  echo "restore to $(stamp "$good")"
)
