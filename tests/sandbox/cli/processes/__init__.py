"""Tests of the command in separate processes, without databases."""
