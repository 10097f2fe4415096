BACKUP=$(neon-restore backups list production --json | jq --raw-output '.[-1].name')
neon-restore rollback "$BACKUP" --yes
