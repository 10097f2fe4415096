"""The official document held against what comes through the loopback door."""
