"""Measures how far official clients can tell the sandbox from Neon; `make clients` prints it."""
