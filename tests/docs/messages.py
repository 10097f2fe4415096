"""Extracts the error messages of the client from its source, and those that a page explains."""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

# A variable part of a message.
HOLE = "{}"
PAGE = Path("docs/reference/errors.md")
HEADING = re.compile(r"^### (?P<title>.+?) \{ #(?P<anchor>[\w-]+) \}$")
EXPLANATION = re.compile(r"^: {3}\S")
# Words in italics are the variable parts of a message on the page.
ITALICS = re.compile(r"\*[^*]+\*")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Message(NamedTuple):
    """The message of an error; `error` is its class, or None if the status decides the class."""

    text: str
    error: str | None
    path: Path
    line: int


class Entry(NamedTuple):
    """A normalized message on the page, with the error of its section."""

    text: str
    error: str
    line: int


class Section(NamedTuple):
    """A section about an error class or a message of Neon."""

    title: str
    anchor: str
    line: int

    @property
    def error(self) -> str:
        """The error class of a section about the client: its title up to the first colon."""
        return self.title.partition(":")[0]


def messages(root: Path, package: Path) -> Iterator[Message]:
    """Yield every message of the modules in a package; paths are relative to the root."""
    for path in sorted((root / package).rglob("*.py")):
        reader = Reader(ast.parse(path.read_text("utf-8")))
        for call, function in reader.calls:
            error = _error_made(call, reader.raised)
            if error is None:
                continue
            for text in sorted({normal(text) for text in reader.texts(call.args[0], function)}):
                # A text of holes alone only forwards the message of another error.
                if text.replace(HOLE, "").strip(" .:"):
                    yield Message(text, error or None, path.relative_to(root), call.lineno)


def normal(text: str) -> str:
    """Return a message with adjacent holes merged, and without quotes around a hole."""
    return re.sub(r"\{\}(?: ?\{\})+", HOLE, text.replace("'{}'", HOLE))


def _error_made(call: ast.Call, raised: set[ast.expr | None]) -> str | None:
    """Return the error that a call creates: its name, "" if unknown, None if it creates none."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if not call.args:
        return None
    # Every error of the client takes an `advice` argument, and nothing else does.
    if any(keyword.arg == "advice" for keyword in call.keywords):
        return name if name[:1].isupper() else ""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "add_note":
        return ""
    return "" if call in raised and hasattr(builtins, name) else None


class Reader:
    """A static evaluator of the text expressions in a module."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        # Every call, with the innermost function around it.
        self.calls = list(_calls(tree, None))
        self.raised = {node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)}

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
        names = [argument.arg for argument in function.args.args] if function else []
        # Other modules can call a public function, with arguments that are not visible here.
        if function and function.name.startswith("_") and name in names:
            at = names.index(name)
            found = [
                self.texts(call.args[at], caller)
                for call, caller in self.calls
                if isinstance(call.func, ast.Name) and call.func.id == function.name
                if at < len(call.args)
            ]
        else:
            given = _assigned(name, self.tree.body)
            found = [self.texts(value, None) for value in given if isinstance(value, ast.Constant)]
        return set().union(*found) or {HOLE}


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


def sections(text: str) -> Iterator[Section]:
    """Yield the sections of the page."""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := HEADING.match(line):
            yield Section(heading["title"], heading["anchor"], number)


def entries(text: str) -> Iterator[Entry]:
    """Yield the messages of the page: the lines between an empty line and an explanation."""
    errors = {section.line: section.error for section in sections(text)}
    error, above = "", list[tuple[int, str]]()
    for number, line in enumerate(text.splitlines(), 1):
        error = errors.get(number, error)
        if line.strip() and number not in errors and not EXPLANATION.match(line):
            above.append((number, line))
            continue
        if EXPLANATION.match(line):
            for at, term in above:
                yield Entry(normal(ITALICS.sub(HOLE, term)), error, at)
        above = []
