neon branches list --project-id "$NEON_PROJECT_ID" --output json |
  jq --raw-output '.[].name | select(test("_old_[0-9]"))'
