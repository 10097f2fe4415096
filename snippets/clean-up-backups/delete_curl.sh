BACKUP=production_old_2026-11-08T09:00:00.000000Z
(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" "$@"
  }

  branch=$(call "$project/branches" |
    jq --raw-output --arg name "$BACKUP" '.branches[] | select(.name == $name).id')

  call --request DELETE "$project/branches/$branch" | jq --raw-output '.branch | "\(.name) is deleted"'
)
