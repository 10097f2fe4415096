"""Requests generated from the official document, for the routes of the sandbox."""

import functools
from random import Random
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import BaseSchema, Case, GenerationMode

from neon_sandbox.api import ROUTES, Route
from neon_sandbox.scenario import PROJECT_ID, ROLE
from tests.contract.document import read
from tests.sandbox.harness import DEVELOPMENT, PRODUCTION

BRANCHES = [PRODUCTION, DEVELOPMENT, "br-shop-sandbox-00000003"]
DATABASES = ["shop", "analytics"]
INSTANTS = ["2026-11-20T14:31:00Z", "2026-11-20T12:00:00.5+00:00"]
# Values that exist in the incident or after the first creation, by their document names.
KNOWN = {
    "branch_id": BRANCHES,
    "source_branch_id": BRANCHES,
    "parent_id": BRANCHES,
    "base_branch_id": BRANCHES,
    "database_name": DATABASES,
    "db_name": DATABASES,
    "role_name": [ROLE],
    "owner_name": [ROLE],
    "source_timestamp": INSTANTS,
    "parent_timestamp": INSTANTS,
    "timestamp": INSTANTS,
    "base_timestamp": INSTANTS,
    "endpoint_id": ["ep-shop-production-00000001", "ep-shop-development-00000002"],
    "snapshot_id": ["snap-shop-sandbox-00000001"],
    "target_branch_id": BRANCHES,
    "operation_id": ["00000000-0000-4000-8000-000000000001"],
    "search": ["prod", "shop"],
}
# Each is rejected together with its timestamp, so nearly all random requests would fail.
RIVALS = {"source_lsn", "parent_lsn", "lsn", "base_lsn"}


@functools.cache
def document() -> BaseSchema:
    """Return the document with only the operations that the sandbox has."""
    whole = read()
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        item, method = whole["paths"][route.template], route.method.lower()
        kept = paths.setdefault(route.template, {})
        kept |= {key: item[key] for key in (method, "parameters") if key in item}
    return schemathesis.openapi.from_dict({**whole, "paths": paths})


def cases(route: Route, mode: GenerationMode) -> st.SearchStrategy[Case[Any]]:
    """Return a strategy for requests to a route: valid or malformed, depending on ``mode``."""
    operation = document()[route.template][route.method]
    fixed = {"project_id": PROJECT_ID} if "{project_id}" in route.template else None
    made = operation.as_strategy(generation_mode=mode, path_parameters=fixed)
    return st.builds(_aimed, made, st.randoms(use_true_random=False))


def request(name: str, body: dict[str, Any] | None = None, **path: str) -> Case[Any]:
    """Return a request to the route of this name, with this body and these path parameters."""
    (route,) = (route for route in ROUTES if route.name == name)
    operation = document()[route.template][route.method]
    made: Case[Any] = operation.Case(path_parameters={"project_id": PROJECT_ID, **path})
    if body is not None:
        made.body, made.media_type = body, "application/json"
    return made


def _aimed(case: Case[Any], chance: Random) -> Case[Any]:
    """Make most names in a request exist; otherwise nearly every response would be a 404."""
    for part in (case.path_parameters, case.query, case.body):
        _aim(part, chance)
    return case


def _aim(part: object, chance: Random) -> None:
    if not isinstance(part, dict):
        return
    for name in list(part):
        if name in KNOWN and chance.random() < 0.7:
            part[name] = chance.choice(KNOWN[name])
        elif name in RIVALS and chance.random() < 0.7:
            del part[name]
        else:
            _aim(part[name], chance)
