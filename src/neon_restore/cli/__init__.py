"""The command `neon-restore`."""
