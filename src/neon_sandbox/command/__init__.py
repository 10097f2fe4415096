"""The `neon-sandbox` command: the stand-in with the incident in it, for as long as it is needed."""

from neon_sandbox.command.start import main

__all__ = ["main"]
