project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"

curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" \
  "$project/branches" |
  jq --raw-output '.branches[].name | select(test("_old_[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$"))' | sort
