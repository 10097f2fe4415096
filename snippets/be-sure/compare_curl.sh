POINT=2026-11-20T14:31:00Z
(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" "$@"
  }

  branch=$(call "$project/branches" | jq --raw-output '.branches[] | select(.name == "production").id')

  call --get "$project/branches/$branch/compare_schema" --data "base_branch_id=$branch" \
    --data db_name=shop --data-urlencode "timestamp=$POINT" | jq --raw-output .diff |
    grep '^[-+] '
)
