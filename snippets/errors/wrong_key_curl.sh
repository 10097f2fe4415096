project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
curl --silent --show-error --header "Authorization: Bearer not-a-key" "$project/branches" | jq
