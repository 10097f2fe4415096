DAYS=7

neon api "/projects/$NEON_PROJECT_ID" --method PATCH \
  --field "project.history_retention_seconds=$((DAYS * 24 * 3600))" |
  jq --raw-output '"\(.project.history_retention_seconds / 3600) hours from now on"'
