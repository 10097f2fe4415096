"""Benchmarks for the figures that the project states: `make bench` runs them."""
