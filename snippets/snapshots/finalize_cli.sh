(
  set -euo pipefail
  operations() { neon operations list --project-id "$NEON_PROJECT_ID" --output json; }
  before=$(operations | jq 'map(.id)')

  neon snapshots finalize production_preview \
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

  neon branches get production --project-id "$NEON_PROJECT_ID" --output json |
    jq --raw-output '"\(.name) is \(.current_state), its id is \(.id)"'
)
