SNAPSHOT="before-the-delete"
(
  set -euo pipefail
  operations() { neon operations list --project-id "$NEON_PROJECT_ID" --output json; }
  before=$(operations | jq 'map(.id)')

  neon snapshots restore "$SNAPSHOT" --target-branch production --name production_preview \
    --project-id "$NEON_PROJECT_ID" --output json >/dev/null

  # The command returns before the work is done: wait for each operation that it began.
  while true; do
    statuses=$(operations | jq --raw-output --argjson before "$before" \
      'map(select(.id | IN($before[]) | not).status) | join(" ")')
    case $statuses in
      *failed* | *error* | *cancelled*) echo "operations: $statuses" >&2 && exit 1 ;;
      *scheduling* | *running* | *cancelling*) sleep 1 ;;
      *) break ;;
    esac
  done

  shop=$(neon connection-string production_preview --database-name shop --project-id "$NEON_PROJECT_ID")
  psql "$shop" --csv --command "SELECT count(*) AS orders FROM orders"
)
