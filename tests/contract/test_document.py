"""Tests of how the document is read: resolved references, closed objects, and the cache."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.document import Document, official, patched_for_cli, read

BRANCH = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}


def document(schema: dict[str, Any], **components: Any) -> Document:
    """Return a document with one operation that takes a body of this schema."""
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    operation = {"operationId": "op", "requestBody": body, "responses": {"204": {}}}
    return Document({"paths": {"/things": {"post": operation}}, "components": components})


def errors(made: Document, body: object) -> list[str]:
    """Return the validation errors of a body for the one operation of a document."""
    (operation,) = made.operations
    assert operation.request is not None
    return [error.message for error in operation.request.validator.iter_errors(body)]


def test_objects_of_an_allof_are_closed_together() -> None:
    """Each part allows the properties that the other parts name, and no others are allowed."""
    name = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    made = document({"allOf": [BRANCH, name]})
    assert errors(made, {"id": "a", "name": "b"}) == []
    assert errors(made, {"id": "a"}) == ["'name' is a required property"]
    assert "'size' was unexpected" in errors(made, {"id": "a", "name": "b", "size": 1})[0]


def test_references_are_followed_wherever_they_stand() -> None:
    """A reference to a reference, inside an array, is checked against the final schema."""
    reference = {"$ref": "#/components/schemas/Alias"}
    schemas = {"Alias": {"$ref": "#/components/schemas/Branch"}, "Branch": BRANCH}
    made = document({"type": "array", "items": reference}, schemas=schemas)
    assert errors(made, [{"id": "a"}]) == []
    assert errors(made, [{}]) == ["'id' is a required property"]


def test_a_map_takes_any_key_and_checks_its_values() -> None:
    """Without named properties, the ``additionalProperties`` schema applies to all values."""
    made = document({"type": "object", "additionalProperties": BRANCH})
    assert errors(made, {"anything": {"id": "a"}}) == []
    assert errors(made, {"anything": {"id": 1}}) == ["1 is not of type 'string'"]


def test_nullable_allows_null_and_nothing_else_does() -> None:
    text = {"type": "string"}
    made = document({"type": "object", "properties": {"a": text | {"nullable": True}, "b": text}})
    assert errors(made, {"a": None}) == []
    assert "None is not of type 'string'" in errors(made, {"b": None})


def test_a_schema_that_contains_itself_is_reported() -> None:
    """Resolving its references would never end."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    with pytest.raises(NotImplementedError, match="Node contains itself"):
        document({"$ref": "#/components/schemas/Node"}, schemas={"Node": node})


def test_a_fixed_path_is_found_before_one_with_a_parameter() -> None:
    """``branches/count`` is not a branch named count."""
    found = official().find("GET", "/projects/p/branches/count")
    assert found is not None
    assert found.id == "countProjectBranches"


def test_a_document_is_parsed_once_for_each_of_its_contents(tmp_path: Path) -> None:
    """The cache is used until the bytes of the document change."""
    path, cache = tmp_path / "api.yaml", tmp_path / "cache"
    path.write_text("responses: {200: {at: 2026-11-20}}")
    assert read(path, cache) == {"responses": {"200": {"at": "2026-11-20"}}}
    (cached,) = cache.iterdir()
    cached.write_text('{"from": "cache"}')
    assert read(path, cache) == {"from": "cache"}
    path.write_text("responses: {}")
    assert read(path, cache) == {"responses": {}}


def test_a_missing_package_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="npm ci"):
        read(tmp_path / "absent.yaml", tmp_path)


def test_what_the_command_sends_ahead_of_the_document_is_added_once() -> None:
    """Once the document has the additions, `patched_for_cli` raises, so that it is removed."""
    content = patched_for_cli(read())
    with pytest.raises(ValueError, match="has caught up"):
        patched_for_cli(content)
