neon branches list --project-id "$NEON_PROJECT_ID" --output json |
  jq --raw-output '.[].name | select(test("_old_[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$"))' | sort
