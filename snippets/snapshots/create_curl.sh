POINT=2026-11-20T14:31:00Z
(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" \
      --header "Content-Type: application/json" "$@"
  }

  branch=$(call "$project/branches" | jq --raw-output '.branches[] | select(.name == "production").id')

  # These belong into the query, not into a body.
  accepted=$(call --get --request POST "$project/branches/$branch/snapshot" \
    --data-urlencode "name=before-the-delete" \
    --data-urlencode "timestamp=$POINT" \
    --data-urlencode "expires_at=2026-12-20T00:00:00Z")

  # The answer is a receipt: wait for each of its operations.
  for operation in $(jq --raw-output '.operations[].id' <<<"$accepted"); do
    while true; do
      status=$(call "$project/operations/$operation" | jq --raw-output .operation.status)
      case $status in
        finished | skipped) break ;;
        failed | error | cancelled) echo "operation $operation: $status" >&2 && exit 1 ;;
      esac
      sleep 1
    done
  done

  jq --raw-output '.snapshot | "\(.name) is \(.id)"' <<<"$accepted"
)
