POINT=2026-11-20T14:31:00Z

neon branches restore production "^self@$POINT" \
  --preserve-under-name "production_old_$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
  --project-id "$NEON_PROJECT_ID" --output json >/dev/null &&

  # The command returns before the work is done.
  until operations=$(neon operations list --project-id "$NEON_PROJECT_ID" --output json) &&
    jq --exit-status 'all(.[]; .status | IN("scheduling", "running", "cancelling") | not)' \
      <<<"$operations" >/dev/null; do
    sleep 1
  done &&
  neon branches get production --project-id "$NEON_PROJECT_ID" --output json |
  jq --raw-output '"\(.name) is \(.current_state)"'
