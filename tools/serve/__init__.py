"""Serves the guide as published, rebuilds it on edits, and runs a sandbox: `make serve`."""
