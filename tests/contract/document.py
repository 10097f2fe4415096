"""Finds and reads the official OpenAPI document, and splits it into operations to check fast."""

import hashlib
import json
import re
import tempfile
from dataclasses import dataclass
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any, cast

import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
PACKAGED = ROOT / "node_modules/@neondatabase/api-client/public-v2-for-users.gen.yaml"
CACHE = ROOT / ".cache"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
_ANNOTATIONS = frozenset({"description", "example", "examples", "title", "deprecated", "default"})


@dataclass(frozen=True, eq=False)
class Parameter:
    """A path or query parameter."""

    name: str
    required: bool
    validator: OAS30Validator


@dataclass(frozen=True, eq=False)
class Body:
    """The JSON body of a request or a response."""

    required: bool
    validator: OAS30Validator


@dataclass(frozen=True, eq=False)
class Operation:
    """A method on a path template."""

    id: str
    method: str
    template: str
    pattern: re.Pattern[str]
    path: dict[str, Parameter]
    query: dict[str, Parameter]
    request: Body | None
    responses: dict[str, Body | None]
    """By status, or ``default``; ``None`` if there is no body."""


class Document:
    """An OpenAPI 3.0 document."""

    def __init__(self, content: Json) -> None:
        self._content = content
        operations = [
            self._operation(template, method, item)
            for template, item in content["paths"].items()
            for method in item
            if method in _METHODS
        ]
        # A template with fewer parameters comes first: /branches/count before /branches/{id}.
        self.operations = sorted(operations, key=lambda operation: len(operation.path))

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation for a method and a path relative to the server's address."""
        fitting = (one for one in self.operations if one.method == method)
        return next((one for one in fitting if one.pattern.fullmatch(path)), None)

    def _operation(self, template: str, method: str, item: Json) -> Operation:
        own = item[method]
        named = [*item.get("parameters", []), *own.get("parameters", [])]
        parameters = [self._resolve(parameter) for parameter in named]
        pattern = "[^/]+".join(re.escape(text) for text in re.split(r"\{\w+\}", template))
        return Operation(
            id=own["operationId"],
            method=method.upper(),
            template=template,
            pattern=re.compile(pattern),
            path={p["name"]: self._parameter(p) for p in parameters if p["in"] == "path"},
            query={p["name"]: self._parameter(p) for p in parameters if p["in"] == "query"},
            request=self._body(own.get("requestBody", {})),
            responses={status: self._body(one) for status, one in own["responses"].items()},
        )

    def _parameter(self, parameter: Json) -> Parameter:
        validator = _validator(self._closed(parameter["schema"]))
        return Parameter(parameter["name"], parameter.get("required", False), validator)

    def _body(self, owner: Json) -> Body | None:
        owner = self._resolve(owner)
        content = owner.get("content", {}).get("application/json")
        if content is None:
            return None
        return Body(owner.get("required", False), _validator(self._closed(content["schema"])))

    def _resolve(self, node: Json) -> Json:
        while "$ref" in node:
            node = reduce(getitem, node["$ref"].removeprefix("#/").split("/"), self._content)
        return node

    def _closed(self, schema: Json, inside: tuple[str, ...] = ()) -> Json:
        """Return a schema with its references resolved, and only properties that it names.

        The document allows others; the sandbox and the client must not use them.
        """
        if "$ref" in schema:
            reference = schema["$ref"]
            if reference in inside:
                raise NotImplementedError(f"{reference} contains itself")
            return self._closed(self._resolve(schema), (*inside, reference))
        if "allOf" in schema:
            parts = [self._closed(part, inside) for part in schema["allOf"]]
            schema = _merged([*parts, {k: v for k, v in schema.items() if k != "allOf"}])
        closed: Json = {}
        for key, value in schema.items():
            if key in _ANNOTATIONS or key.startswith("x-"):
                continue
            if key == "properties":
                closed[key] = {name: self._closed(part, inside) for name, part in value.items()}
            elif key in {"items", "additionalProperties"} and isinstance(value, dict):
                closed[key] = self._closed(value, inside)
            elif key in {"oneOf", "anyOf"}:
                closed[key] = [self._closed(part, inside) for part in value]
            else:
                closed[key] = value
        if "properties" in closed:
            closed.setdefault("additionalProperties", False)
        return closed


def _merged(parts: list[Json]) -> Json:
    """Merge object schemas: each, closed alone, would reject the properties of the others."""
    merged: Json = {}
    for part in parts:
        for key, value in part.items():
            if key == "properties":
                merged.setdefault(key, {}).update(value)
            elif key == "required":
                merged.setdefault(key, []).extend(value)
            elif key != "additionalProperties" or value is not False:
                merged[key] = value
    return merged


def _validator(schema: Json) -> OAS30Validator:
    return OAS30Validator(schema, format_checker=oas30_format_checker)


def read(path: Path = PACKAGED, cache_in: Path = CACHE) -> Json:
    """Return the content of a document, from a cache unless its bytes have changed.

    Raises ``FileNotFoundError``, with the remedy, if the package is not installed.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{path} is missing: the official OpenAPI document comes with `npm ci`"
        ) from None
    cached = cache_in / f"openapi-{hashlib.sha256(text).hexdigest()[:16]}.json"
    if cached.exists():
        return cast("Json", json.loads(cached.read_bytes()))
    # JSON has no dates and only string keys, and the document means its statuses as strings.
    # The C loader is much faster, but Pyodide does not have it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    serialized = json.dumps(yaml.load(text, Loader=loader), default=str)  # noqa: S506
    cache_in.mkdir(exist_ok=True)
    # Test runs may start at the same time: each writes a separate file and moves it into place.
    with tempfile.NamedTemporaryFile("w", dir=cache_in, encoding="utf-8", delete=False) as file:
        file.write(serialized)
    Path(file.name).replace(cached)
    return cast("Json", json.loads(serialized))


def patched_for_cli(content: Json) -> Json:
    """Add what the Neon CLI already sends and the document does not have yet.

    Raises ``ValueError`` once the document has it: then remove this function.
    """
    template = "/projects/{project_id}/branches/{branch_id}/snapshot"
    parameters = content["paths"][template]["post"]["parameters"]
    snapshot = content["components"]["schemas"]["SnapshotUpdateRequest"]["properties"]["snapshot"]
    if any(one["name"] == "slug" for one in parameters) or "expires_at" in snapshot["properties"]:
        raise ValueError("the document has caught up with the official command")
    parameters.append({"name": "slug", "in": "query", "schema": {"type": "string"}})
    snapshot["properties"]["expires_at"] = {"type": "string", "nullable": True}
    return content


@cache
def official() -> Document:
    """Return the document that all requests and responses are checked against."""
    return Document(patched_for_cli(read()))
