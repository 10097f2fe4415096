neon projects get "$NEON_PROJECT_ID" --output json |
  jq --raw-output '"\(.history_retention_seconds / 3600) hours"'
