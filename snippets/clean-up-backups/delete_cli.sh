BACKUP=production_old_2026-11-08T09:00:00.000000Z

neon branches delete "$BACKUP" --project-id "$NEON_PROJECT_ID" --output json |
  jq --raw-output '"\(.name) is deleted"'
