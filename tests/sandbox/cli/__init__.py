"""Tests of the HTTP server and the `neon-sandbox` command."""
