project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"

curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" \
  "$project/snapshots" |
  jq --raw-output '.snapshots[] | "\(.name) (\(.id)) of \(.source_branch_id), expires \(.expires_at // "never")"'
