POINT=2026-11-20T14:31:00Z
(
  set -euo pipefail
  operations() { neon operations list --project-id "$NEON_PROJECT_ID" --output json; }
  before=$(operations | jq 'map(.id)')

  neon snapshots create --branch production --name before-the-delete \
    --timestamp "$POINT" --expires-at 2026-12-20T00:00:00Z \
    --project-id "$NEON_PROJECT_ID" --output json | jq --raw-output '"\(.name) is \(.id)"'

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
)
