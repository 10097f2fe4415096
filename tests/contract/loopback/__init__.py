"""Checks of the HTTP server on loopback against the official document."""
