"""The `neon-sandbox` command: a sandbox with the incident in it, until the command ends."""
