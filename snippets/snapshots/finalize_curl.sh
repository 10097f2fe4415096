(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" \
      --header "Content-Type: application/json" "$@"
  }

  preview=$(call "$project/branches" |
    jq --raw-output '.branches[] | select(.name == "production_preview").id')

  accepted=$(call --request POST "$project/branches/$preview/finalize_restore")

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

  call "$project/branches/$preview" |
    jq --raw-output '.branch | "\(.name) is \(.current_state), its id is \(.id)"'
)
