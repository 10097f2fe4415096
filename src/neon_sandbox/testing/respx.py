"""Respx routes that pass the requests of httpx in this process to a sandbox."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neon_sandbox.api import ROUTES, Api

if TYPE_CHECKING:
    import respx

UNKNOWN = "unknown"


def mount(router: respx.Router, api: Api, base_url: str) -> None:
    """Add a respx route for every route of the API, with its name, such as ``restore_branch``.

    The route ``unknown`` passes every other request below ``base_url`` to the API, which rejects
    an unknown path with 404. ``base_url`` is the value of ``NEON_API_HOST``. Create the router
    with ``assert_all_called=False`` unless a test calls every route.
    """
    base = re.escape(base_url.rstrip("/"))
    for route in ROUTES:
        path = re.sub(r"\{\w+\}", "[^/?]+", route.template)
        found = router.route(
            method=route.method, url__regex=rf"^{base}{path}(\?|$)", name=route.name
        )
        found.side_effect = api.handle
    router.route(url__regex=rf"^{base}/", name=UNKNOWN).side_effect = api.handle
