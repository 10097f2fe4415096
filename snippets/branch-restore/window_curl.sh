project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"

curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" \
  "$project" |
  jq --raw-output '"\(.project.history_retention_seconds / 3600) hours"'
