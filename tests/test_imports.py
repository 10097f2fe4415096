"""Imports go one way, layer by layer: tests and benchmarks, tools, published packages."""

from itertools import chain

import pytest

from tools.architecture import PACKAGES, find_all_cycles, find_violations, join_parts, read_imports

# Highest layer first. The members of a set do not import each other.
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
    """Published packages import neither tools nor tests; client and sandbox share only HTTP."""
    found = find_violations(REPOSITORY)
    assert not found, "\n".join(found)


def test_the_client_imports_only_from_layers_below() -> None:
    """Each part of the client is in one layer, and imports only from lower ones."""
    layers = [{layer} if isinstance(layer, str) else layer for layer in CLIENT]
    named = {f"neon_restore.{part}" for part in chain.from_iterable(layers)}
    assert join_parts(read_imports(), "neon_restore").modules == named
    found = find_violations(CLIENT, "neon_restore")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_form_a_cycle(package: str) -> None:
    """This holds for modules and for parts of a package, even under `TYPE_CHECKING`."""
    cycles = [", ".join(cycle) for cycle in find_all_cycles() if cycle[0].startswith(package)]
    assert not cycles, "these import each other: " + "\n".join(cycles)
