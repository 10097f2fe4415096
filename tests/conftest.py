"""What holds for every test."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester", "tests.contract.plugin", "tests.docs.plugin"]

# They start servers or Node, which the inner loop has no time for.
ONLY_REAL = [Path(__file__).parent / "sandbox" / name for name in ("cli", "postgres")]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave to `make test` what takes more than Python in memory."""
    return True if collection_path in ONLY_REAL and not config.getoption("--real") else None
