POINT=2026-11-20T14:31:00Z
(
  set -euo pipefail
  project="${NEON_API_HOST:-https://console.neon.tech/api/v2}/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $NEON_API_KEY" \
      --header "Content-Type: application/json" "$@"
  }

  branch=$(call "$project/branches" | jq --raw-output '.branches[] | select(.name == "production").id')
  role=$(call "$project/branches/$branch/databases/shop" | jq --raw-output .database.owner_name)
  answer=$(
    call --get --data "branch_id=$branch" --data database_name=shop --data "role_name=$role" \
      "$project/connection_uri"
  )
  # Into the past: the branch in place of the endpoint, and the point as an option.
  past=$(
    jq --raw-output --arg branch "$branch" --arg point "$POINT" \
      '(.uri | sub("@ep-[^.]*[.]"; "@\($branch).")) + "&options=" + ("neon_timestamp:\($point)" | @uri)' \
      <<<"$answer"
  )

  psql "$past" --csv --command "SELECT count(*) AS orders FROM orders"
)
