OLDER_THAN_DAYS=7
(
  set -euo pipefail
  before=$(jq --null-input --argjson days "$OLDER_THAN_DAYS" 'now - $days * 86400 | todate')

  neon branches list --project-id "$NEON_PROJECT_ID" --output json |
    jq --raw-output --argjson before "$before" \
      '.[] | select((.name | test("_old_[0-9]")) and .created_at < $before) | .id' |
    while read -r backup; do
      neon branches delete "$backup" --project-id "$NEON_PROJECT_ID" || echo "Neon keeps $backup"
    done
)
