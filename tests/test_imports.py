"""Imports go one way: from tests and benchmarks to tools to what is published, layer by layer."""

from itertools import chain

import pytest

from tools.architecture import PACKAGES, find_all_cycles, find_violations, join_parts, read_imports

# The highest first. Those of a set do not import each other.
REPOSITORY: tuple[str | set[str], ...] = (
    {"bench", "tests"},
    "tools",
    {"neon_restore", "neon_sandbox"},
)
CLIENT: tuple[str | set[str], ...] = (
    {"_async_client", "_client", "checks", "terminal"},
    {"_restore", "_snapshots"},
    "_branches",
    "_http",
    {"_errors", "_events"},
    {"_clock", "_models"},
)


def test_packages_import_only_from_layers_below() -> None:
    """Nothing published imports tools or tests, and client and sandbox meet over HTTP alone."""
    found = find_violations(REPOSITORY)
    assert not found, "\n".join(found)


def test_the_client_imports_only_from_layers_below() -> None:
    """Each part of the client is in one layer, and imports from those below it."""
    layers = [{layer} if isinstance(layer, str) else layer for layer in CLIENT]
    named = {f"neon_restore.{part}" for part in chain.from_iterable(layers)}
    assert join_parts(read_imports(), "neon_restore").modules == named
    found = find_violations(CLIENT, "neon_restore")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_form_a_cycle(package: str) -> None:
    """Neither those of modules nor those of the parts of a package, not even for type checkers."""
    cycles = [", ".join(cycle) for cycle in find_all_cycles() if cycle[0].startswith(package)]
    assert not cycles, "these import each other: " + "\n".join(cycles)
