SNAPSHOT="before-the-delete"
(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" "$@"
  }

  snapshot=$(call "$project/snapshots" |
    jq --raw-output --arg name "$SNAPSHOT" '.snapshots[] | select(.name == $name).id')

  call --request DELETE "$project/snapshots/$snapshot" >/dev/null
  echo "$SNAPSHOT is deleted"
)
