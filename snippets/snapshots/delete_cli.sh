neon snapshots delete before-the-delete --project-id "$NEON_PROJECT_ID" --output json |
  jq --raw-output '"\(.name) is deleted"'
