"""Requests to the Neon API: settings, key, retries, deadlines, and flows without I/O."""
