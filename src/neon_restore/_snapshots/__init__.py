"""Snapshots: take, list, delete and restore them."""
