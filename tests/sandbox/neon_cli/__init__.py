"""Runs the unmodified Neon CLI against the loopback HTTP server."""
