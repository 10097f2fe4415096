"""The built site in Firefox."""
