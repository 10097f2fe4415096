"""The stand-in Neon."""
