neon snapshots list --project-id "$NEON_PROJECT_ID" --output json |
  jq --raw-output '.[] | "\(.name) (\(.id)) of \(.source_branch_id), expires \(.expires_at // "never")"'
