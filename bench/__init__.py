"""The figures that the project states, each from one command: `make bench`."""
