"""What holds for every test."""

pytest_plugins = ["tests.docs.tally"]
