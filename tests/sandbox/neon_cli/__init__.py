"""The official command line, unmodified, against the loopback door."""
