"""Tests of the built site in Firefox."""
