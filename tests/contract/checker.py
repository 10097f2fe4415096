"""Checks requests and responses against the document."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import httpx

from tests.contract.document import Body, Document, Operation, Parameter

# A test may send a malformed request on purpose; one of these statuses means it was rejected.
TURNED_DOWN = frozenset({400, 404, 405, 422, 501})


@dataclass(frozen=True)
class Mismatch:
    """One violation of the document."""

    request: str
    where: str
    rule: str

    def __str__(self) -> str:
        return f"{self.request}: {self.where}: {self.rule}"


def check(
    document: Document, base: str, request: httpx.Request, response: httpx.Response
) -> list[Mismatch]:
    """Return the violations of the document in a request and its response.

    ``base`` is the path of the server. The request may be malformed only if the response rejects
    it; the response never.
    """
    line = f"{request.method} {request.url.path}"
    path = request.url.raw_path.partition(b"?")[0].decode().removeprefix(base)
    turned_down = response.status_code in TURNED_DOWN
    operation = document.find(request.method, path)
    if operation is None:
        absent = Mismatch(line, "path", "the document has no such operation")
        return [] if turned_down else [absent]
    found = list(_response(operation, response))
    if not turned_down:
        found += _request(operation, path, request)
    return [Mismatch(line, where, rule) for where, rule in found]


def _request(operation: Operation, path: str, request: httpx.Request) -> Iterator[tuple[str, str]]:
    names = operation.template.split("/")
    for name, text in zip(names, path.split("/"), strict=True):
        if name.startswith("{"):
            parameter = operation.path[name.strip("{}")]
            yield from _parameter("path parameter", parameter, unquote(text))
    for name, text in request.url.params.multi_items():
        if name in operation.query:
            yield from _parameter("query parameter", operation.query[name], text)
        else:
            yield f"query parameter {name}", "the document has no such parameter"
    for name, parameter in operation.query.items():
        count = len(request.url.params.get_list(name))
        if count > 1 or (parameter.required and count == 0):
            yield f"query parameter {name}", f"given {count} times"
    yield from _body("request body", operation.request, request.headers, request.content)


def _response(operation: Operation, response: httpx.Response) -> Iterator[tuple[str, str]]:
    status = str(response.status_code)
    if status not in operation.responses and response.is_error:
        status = "default"
    where = f"response {response.status_code} body"
    if status not in operation.responses:
        yield where, "the document has no such status"
        return
    documented = operation.responses[status]
    if documented is not None and not response.content:
        yield where, "is missing"
    yield from _body(where, documented, response.headers, response.content)


def _parameter(kind: str, parameter: Parameter, text: str) -> Iterator[tuple[str, str]]:
    value: object = text
    if parameter.validator.schema.get("type") in {"integer", "boolean"}:
        with suppress(ValueError):
            value = json.loads(text)
    for error in parameter.validator.iter_errors(value):
        yield f"{kind} {parameter.name}", error.message


def _body(
    where: str, documented: Body | None, headers: httpx.Headers, content: bytes
) -> Iterator[tuple[str, str]]:
    if not content:
        if documented is not None and documented.required:
            yield where, "is missing"
        return
    if documented is None:
        yield where, "the document has none"
        return
    if headers.get("content-type", "").partition(";")[0] != "application/json":
        yield where, "is not application/json"
        return
    for pointer, rule in _errors(documented, content):
        yield f"{where} at {pointer or '/'}", rule


# Most requests and responses of a test run repeat earlier ones, byte for byte.
@lru_cache(maxsize=4096)
def _errors(documented: Body, content: bytes) -> tuple[tuple[str, str], ...]:
    """Return a JSON pointer and the violated rule, for each error in a body."""
    try:
        errors = documented.validator.iter_errors(json.loads(content))
    except ValueError as error:
        return (("", f"not JSON: {error}"),)
    return tuple(("".join(f"/{step}" for step in e.absolute_path), e.message) for e in errors)
