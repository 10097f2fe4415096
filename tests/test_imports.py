"""Imports go one way, layer by layer: tests and benchmarks, tools, published packages."""

from tools.architecture import find_all_cycles, find_violations, join_parts, read_imports

# Highest layer first. The members of a set do not import each other.
REPOSITORY = (
    {"bench", "tests"},
    {"tools"},
    {"neon_restore", "neon_sandbox"},
)
CLIENT = (
    {"cli"},
    {"_async_client", "_client", "checks", "rows", "terminal"},
    {"_restore", "_snapshots"},
    {"_branches"},
    {"_http"},
    {"_errors", "_events"},
    {"_clock", "_models"},
)


def test_packages_import_only_from_layers_below() -> None:
    """Published packages import neither tools nor tests; client and sandbox share only HTTP."""
    found = find_violations(REPOSITORY)
    assert not found, "\n".join(found)


def test_the_client_imports_only_from_layers_below() -> None:
    named = {f"neon_restore.{part}" for layer in CLIENT for part in layer}
    assert join_parts(read_imports(), "neon_restore").modules == named
    found = find_violations(CLIENT, "neon_restore")
    assert not found, "\n".join(found)


def test_no_imports_form_a_cycle() -> None:
    """This holds for modules and for parts of a package, even under `TYPE_CHECKING`."""
    cycles = "\n".join(", ".join(cycle) for cycle in find_all_cycles())
    assert not cycles, f"these import each other: {cycles}"
