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
  present=$(jq --raw-output .uri <<<"$answer")
  # Into the past: the branch in place of the endpoint, and the point as an option.
  past=$(
    jq --raw-output --arg branch "$branch" --arg point "$POINT" \
      '(.uri | sub("@ep-[^.]*[.]"; "@\($branch).")) + "&options=" + ("neon_timestamp:\($point)" | @uri)' \
      <<<"$answer"
  )

  # The present side is one transaction, which ends without a change if a step fails.
  psql "$past" --command "COPY orders TO STDOUT" |
    psql "$present" --quiet --single-transaction --set ON_ERROR_STOP=1 \
      --command "CREATE TEMP TABLE old_orders (LIKE orders)" \
      --command "COPY old_orders FROM STDIN" \
      --command "INSERT INTO orders SELECT * FROM old_orders ON CONFLICT DO NOTHING"

  psql "$present" --csv --command "SELECT count(*) AS orders FROM orders"
)
