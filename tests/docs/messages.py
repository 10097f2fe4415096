"""Extracts the error messages of the client from its source, with `{}` for variable parts."""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import NamedTuple

HOLE = "{}"
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Message(NamedTuple):
    """The message of an error; `error` is its class, or None if the status decides the class."""

    text: str
    error: str | None
    path: Path
    line: int


def messages(root: Path, package: Path) -> Iterator[Message]:
    """Yield every message of the modules in a package; paths are relative to the root."""
    for path in sorted((root / package).rglob("*.py")):
        yield from Module(path.relative_to(root), ast.parse(path.read_text("utf-8"))).messages()


def normal(text: str) -> str:
    """Return a message with adjacent holes merged, and without quotes around a hole."""
    return re.sub(r"\{\}(?: ?\{\})+", HOLE, text.replace("'{}'", HOLE))


class Module(NamedTuple):
    """A module of the client."""

    path: Path
    tree: ast.Module

    def messages(self) -> Iterator[Message]:
        """Yield the messages of every error that the module creates."""
        reader = Reader(self.tree)
        for call, function in reader.calls:
            error = _error_made(call, reader.raised)
            if error is None:
                continue
            for text in sorted({normal(text) for text in reader.texts(call.args[0], function)}):
                # A text of holes alone only forwards the message of another error.
                if text.replace(HOLE, "").strip(" .:"):
                    yield Message(text, error or None, self.path, call.lineno)


def _error_made(call: ast.Call, raised: set[ast.expr | None]) -> str | None:
    """Return the error that a call creates: its name, "" if unknown, None if it creates none.

    Every error of the client takes an `advice` argument, and nothing else does.
    """
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if not call.args:
        return None
    if any(keyword.arg == "advice" for keyword in call.keywords):
        return name if name[:1].isupper() else ""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "add_note":
        return ""
    return "" if call in raised and hasattr(builtins, name) else None


class Reader:
    """A static evaluator of the text expressions in a module."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.raised = {node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)}

    @cached_property
    def calls(self) -> list[tuple[ast.Call, Function | None]]:
        """Every call, with the innermost function around it."""
        return list(_calls(self.tree, None))

    def texts(self, node: ast.expr, function: Function | None) -> set[str]:
        """Return every text that an expression can have, with a hole for each run-time value."""
        match node:
            case ast.Constant(value=value):
                return {str(value)}
            case ast.JoinedStr(values=parts):
                found = [self.texts(part, function) for part in parts]
                return {"".join(choice) for choice in product(*found)}
            case ast.FormattedValue(value=ast.Name() as name, conversion=-1, format_spec=None):
                return self.texts(name, function)
            case ast.IfExp(body=body, orelse=orelse):
                return self.texts(body, function) | self.texts(orelse, function)
            case ast.Name(id=name):
                return self._named(name, function)
        return {HOLE}

    def _named(self, name: str, function: Function | None) -> set[str]:
        if given := _assigned(name, ast.walk(function) if function else ()):
            return set().union(*(self.texts(value, function) for value in given))
        # Other modules can call a public function, with arguments that are not visible here.
        if function and function.name.startswith("_"):
            names = [argument.arg for argument in function.args.args]
            if name in names:
                return self._passed(function.name, names.index(name))
        constants = [c for c in _assigned(name, self.tree.body) if isinstance(c, ast.Constant)]
        return set().union(*(self.texts(value, None) for value in constants)) or {HOLE}

    def _passed(self, function: str, position: int) -> set[str]:
        """Return every text that callers in this module pass at a position."""
        passed = [
            self.texts(call.args[position], caller)
            for call, caller in self.calls
            if isinstance(call.func, ast.Name)
            and call.func.id == function
            and position < len(call.args)
        ]
        return set().union(*passed) or {HOLE}


def _assigned(name: str, nodes: Iterable[ast.AST]) -> list[ast.expr]:
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]


def _calls(node: ast.AST, inside: Function | None) -> Iterator[tuple[ast.Call, Function | None]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, inside
        yield from _calls(child, child if isinstance(child, Function) else inside)
