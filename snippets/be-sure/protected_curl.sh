POINT=2026-11-20T14:31:00Z
(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" \
      --header "Content-Type: application/json" "$@"
  }

  branch=$(call "$project/branches" | jq --raw-output '.branches[] | select(.name == "production").id')
  protect() {
    call --request PATCH "$project/branches/$branch" \
      --data "{\"branch\": {\"protected\": $1}}" >/dev/null
  }

  # Whatever happens from here on, the branch is protected again, if Neon lets it within a minute.
  trap 'for _ in {1..30}; do protect true && break; sleep 2; done' EXIT
  protect false

  accepted=$(call "$project/branches/$branch/restore" --data "{
    \"source_branch_id\": \"$branch\",
    \"source_timestamp\": \"$POINT\",
    \"preserve_under_name\": \"production_old_$(date -u +%Y-%m-%dT%H:%M:%SZ)\"
  }")

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

  call "$project/branches/$branch" | jq --raw-output '.branch | "\(.name) is \(.current_state)"'
)
