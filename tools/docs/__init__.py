"""Reads the pages and snippets of the guide, and runs its examples."""
