"""The `neon-sandbox` command: runs a sandbox with the incident in it until the command ends."""
