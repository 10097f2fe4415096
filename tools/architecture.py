"""Prints the import structure of each package: `python -m tools.architecture`.

`parts` are the packages and modules directly in a package, `layers` the length of their longest
import chain, and `imports` the pairs of them where one imports the other. `cycles` are those among
modules and among the parts of any package. Imports for type checkers only count too.
"""

import ast
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import grimp

ROOT = Path(__file__).parent.parent
PACKAGES = ("neon_restore", "neon_sandbox", "tools", "bench", "tests")
COLUMNS = ("modules", "parts", "layers", "imports", "cycles")


@cache
def read_imports() -> grimp.ImportGraph:
    """Return the import graph of this repository."""
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    try:
        return grimp.build_graph(*PACKAGES, cache_dir=None)
    finally:
        del sys.path[:2]


def find_cycles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Return the modules of each import cycle."""
    upstream = {module: graph.find_upstream_modules(module) for module in graph.modules}
    cycles = {
        frozenset({module, *(other for other in found if module in upstream[other])})
        for module, found in upstream.items()
    }
    return sorted(sorted(cycle) for cycle in cycles if len(cycle) > 1)


@cache
def find_all_cycles() -> list[list[str]]:
    """Return the cycles among modules, then those among the parts of each package."""
    graph = read_imports()
    packages = sorted(module for module in graph.modules if graph.find_children(module))
    found = find_cycles(graph)
    for package in packages:
        found += [c for c in find_cycles(join_parts(graph, package)) if c not in found]
    return found


def find_violations(layers: Sequence[str | set[str]], package: str | None = None) -> list[str]:
    """Return the places where a layer imports a higher one, or a member of a set another one.

    The first layer is the highest. Each is a part of `package`, or a package if that is None.
    """
    graph = read_imports()
    found = graph.find_illegal_dependencies_for_layers(
        layers, containers={package} if package else None
    )
    return sorted(
        f"{_place(graph, head, [*route.middle, *route.tails][0])}: leads to {each.imported}, "
        f"which {each.importer} may not import"
        for each in found
        for route in each.routes
        for head in route.heads
    )


def _place(graph: grimp.ImportGraph, importer: str, imported: str) -> str:
    """Return the file and line of an import."""
    line = graph.get_import_details(importer=importer, imported=imported)[0]["line_number"]
    path = Path(*importer.split("."))
    file = path / "__init__.py" if graph.find_children(importer) else path.with_suffix(".py")
    return f"{file if (ROOT / file).exists() else 'src' / file}:{line}"


class Part(NamedTuple):
    """A package or module that lies directly in a package."""

    name: str
    purpose: str
    """The first line of its docstring."""
    layer: int
    """How many parts at most import one another in a row, from this one on."""
    imports: frozenset[str]


def arrange_parts(package: str) -> list[Part]:
    """Return the parts of a package, none of which imports one before it."""
    graph = join_parts(read_imports(), package)
    parts = []
    for module, layer in find_layers(graph).items():
        path = ROOT / "src" / Path(*module.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
        imports = graph.find_modules_directly_imported_by(module)
        names = frozenset(name.rpartition(".")[2] for name in imports)
        purpose = docstring.partition("\n")[0]
        parts.append(Part(module.rpartition(".")[2], purpose, layer, names))
    return sorted(parts, key=lambda part: (-part.layer, part.name))


def describe_parts(package: str) -> str:
    """Return a line for each layer's parts, the highest first."""
    parts = arrange_parts(package)
    width = max(len(part.name) for part in parts)
    return "".join(f"{part.layer}  {part.name:<{width}}  {part.purpose}\n" for part in parts)


def join_parts(graph: grimp.ImportGraph, package: str) -> grimp.ImportGraph:
    """Return the import graph of a package, with each of its parts as one node."""
    parts = grimp.ImportGraph()
    names = graph.find_children(package)
    for name in names:
        parts.add_module(name)
    for module in graph.find_descendants(package):
        part = _part(module, package)
        for imported in graph.find_modules_directly_imported_by(module):
            if imported.startswith(f"{package}.") and (other := _part(imported, package)) != part:
                parts.add_import(importer=part, imported=other)
    return parts


def _part(module: str, package: str) -> str:
    return f"{package}.{module.removeprefix(f'{package}.').partition('.')[0]}"


def find_layers(graph: grimp.ImportGraph) -> dict[str, int]:
    """Return the length of the longest import chain from each module; a cycle counts as one."""
    cycles = {module: cycle for cycle in find_cycles(graph) for module in cycle}

    @cache
    def layer(module: str) -> int:
        same = cycles.get(module, [module])
        below = {i for m in same for i in graph.find_modules_directly_imported_by(m)} - {*same}
        return 1 + max(map(layer, below), default=0)

    return {module: layer(module) for module in graph.modules}


def measure(package: str) -> tuple[int, ...]:
    """Return the values of `COLUMNS` for a package."""
    graph = read_imports()
    modules = {package, *graph.find_descendants(package)}
    parts = join_parts(graph, package)
    layers = max(find_layers(parts).values())
    cycles = sum(modules.issuperset(cycle) for cycle in find_all_cycles())
    return len(modules), len(parts.modules), layers, parts.count_imports(), cycles


def summarize() -> str:
    """Return a line for each package, and then one for each cycle."""
    rows: list[tuple[object, ...]] = [("package", *COLUMNS)]
    rows += [(package, *measure(package)) for package in PACKAGES]
    lines = [f"{name:<14}" + "".join(f"{number:>9}" for number in row) for name, *row in rows]
    lines += [f"cycle: {', '.join(cycle)}" for cycle in find_all_cycles()]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    print(summarize(), end="")
