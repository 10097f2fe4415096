(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" \
      --header "Content-Type: application/json" "$@"
  }

  branch=$(call "$project/branches" | jq --raw-output '.branches[] | select(.name == "production").id')

  call --request PUT "$project/branches/$branch/backup_schedule" --data "{
    \"schedule\": [{\"frequency\": \"daily\", \"hour\": 3, \"retention_seconds\": $((7 * 24 * 3600))}]
  }" >/dev/null

  call "$project/branches/$branch/backup_schedule" |
    jq --raw-output '.schedule[] | "\(.frequency) at \(.hour):00 UTC, kept for \(.retention_seconds / 86400) days"'
)
