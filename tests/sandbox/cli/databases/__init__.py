"""Tests of the command on Postgres, with real processes and files."""
