"""Restores and rollbacks: plan, submit, wait, verify and resume them."""
