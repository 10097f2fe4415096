OLDER_THAN_DAYS=7
(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --header "Authorization: Bearer $NEON_API_KEY" "$@"
  }
  before=$(jq --null-input --raw-output --argjson days "$OLDER_THAN_DAYS" 'now - $days * 86400 | todate')

  call --fail-with-body "$project/branches" |
    jq --raw-output --arg before "$before" \
      '.branches[] | select(.name | test("_old_[0-9]") and (sub(".*_old_"; "") < $before)) | "\(.id) \(.name)"' |
    while read -r id name; do
      call --request DELETE "$project/branches/$id" | jq --raw-output --arg name "$name" \
        'if .branch then "\($name) is deleted" else "\($name) stays: \(.message)" end'
    done
)
