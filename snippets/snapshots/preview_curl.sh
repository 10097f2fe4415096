SNAPSHOT="before-the-delete"
(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" \
      --header "Content-Type: application/json" "$@"
  }

  # Without a target Neon takes the branch that the snapshot is from: stop if there is none.
  branch=$(call "$project/branches" |
    jq --raw-output --exit-status '.branches[] | select(.name == "production").id')
  snapshot=$(call "$project/snapshots" |
    jq --raw-output --arg name "$SNAPSHOT" '.snapshots[] | select(.name == $name).id')

  accepted=$(call "$project/snapshots/$snapshot/restore" --data "{
    \"name\": \"production_preview\",
    \"target_branch_id\": \"$branch\",
    \"finalize_restore\": false
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

  preview=$(jq --raw-output .branch.id <<<"$accepted")
  role=$(call "$project/branches/$preview/databases" |
    jq --raw-output '.databases[] | select(.name == "shop").owner_name')
  shop=$(call --get "$project/connection_uri" --data-urlencode "branch_id=$preview" \
    --data-urlencode "database_name=shop" --data-urlencode "role_name=$role" | jq --raw-output .uri)
  psql "$shop" --csv --command "SELECT count(*) AS orders FROM orders"
)
