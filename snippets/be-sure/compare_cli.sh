POINT=2026-11-20T14:31:00Z

neon branches schema-diff production "^self@$POINT" --database shop --project-id "$NEON_PROJECT_ID" |
  grep '^[-+] '
