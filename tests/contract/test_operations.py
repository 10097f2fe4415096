"""Tests that the sandbox knows every operation of the document, simulated or not."""

import re

from neon_sandbox.api import ROUTES
from neon_sandbox.scenario import PROJECT_ID
from tests.contract.document import official
from tests.sandbox.harness import Harness
from tools.openapi_operations import DOCUMENT, LIST, operations


def test_what_neon_has_and_the_sandbox_does_not_is_told_apart() -> None:
    """Each operation of the document is simulated, or answers 501 with its name."""
    harness = Harness()
    simulated = {(route.method, route.template) for route in ROUTES}
    for operation in official().operations:
        if (operation.method, operation.template) in simulated:
            continue
        path = operation.template.replace("{project_id}", PROJECT_ID)
        response = harness.http.request(operation.method, re.sub(r"\{\w+\}", "x", path))
        assert response.status_code == 501, operation
        message = response.json()["message"]
        assert message.startswith(f"the sandbox does not simulate {operation.id}, ")


def test_the_list_of_operations_is_that_of_the_document() -> None:
    written = LIST.read_text("utf-8")
    assert written == operations(DOCUMENT.read_text("utf-8")), "make operations"
