POINT=2026-11-20T14:31:00Z
(
  set -euo pipefail
  operations() { neon operations list --project-id "$NEON_PROJECT_ID" --output json; }
  before=$(operations | jq 'map(.id)')
  protect() {
    neon api "/projects/$NEON_PROJECT_ID/branches/$branch" --method PATCH \
      --field "branch.protected=$1" >/dev/null
  }

  branch=$(neon branches get production --project-id "$NEON_PROJECT_ID" --output json |
    jq --raw-output .id)
  # Whatever happens from here on, the branch is protected again, if Neon lets it within a minute.
  trap 'for _ in {1..30}; do protect true && break; sleep 2; done' EXIT
  protect false

  neon branches restore production "^self@$POINT" \
    --preserve-under-name "production_old_$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
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
    jq --raw-output '"\(.name) is \(.current_state)"'
)
