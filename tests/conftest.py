"""What holds for every test."""

pytest_plugins = [
    "pytester",
    "tests.contract.plugin",
    "tests.docs.plugin",
    "tests.left_out",
    "tests.thorough",
]
