"""The loopback door and the `neon-sandbox` command."""
