"""The stand-in with rows."""
