neon snapshots schedule set --branch production --frequency daily --hour 3 \
  --retention $((7 * 24 * 3600)) --project-id "$NEON_PROJECT_ID" --output json |
  jq --raw-output '.[] | "\(.frequency) at \(.hour):00 UTC, kept for \(.retention_seconds / 86400) days"'
