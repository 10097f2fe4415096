"""Tests of the sandbox with rows, on Postgres."""
