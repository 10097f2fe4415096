neon-restore branch create before-delete 14:31Z --json | jq '{name, current_state}'
