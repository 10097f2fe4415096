"""Runs the checks under conditions that differ between machines: `make everywhere`."""
