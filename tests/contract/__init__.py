"""Checks of every request and response against the official OpenAPI document."""
