OLDER_THAN_DAYS=7
(
  set -euo pipefail
  before=$(jq --null-input --raw-output --argjson days "$OLDER_THAN_DAYS" 'now - $days * 86400 | todate')

  neon branches list --project-id "$NEON_PROJECT_ID" --output json |
    jq --raw-output --arg before "$before" \
      '.[].name | select(test("_old_[0-9]") and (sub(".*_old_"; "") < $before))' |
    while read -r backup; do
      neon branches delete "$backup" --project-id "$NEON_PROJECT_ID" </dev/null >/dev/null &&
        echo "$backup is deleted" || echo "$backup stays"
    done
)
