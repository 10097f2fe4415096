"""The sandbox behind respx: what httpx sends in this process, the model answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neon_sandbox.api import ROUTES, Api

if TYPE_CHECKING:
    import respx

UNKNOWN = "unknown"


def mount(router: respx.Router, api: Api, base_url: str) -> None:
    """Give every route of the API a respx route of its own name, such as ``restore_branch``.

    A path below ``base_url`` that the API does not know goes to it all the same, under the name
    ``unknown``, and is answered with 404. ``base_url`` is what ``NEON_API_HOST`` holds. Make the
    router with ``assert_all_called=False`` unless a test calls every route.
    """
    base = re.escape(base_url.rstrip("/"))
    for route in ROUTES:
        path = re.sub(r"\{\w+\}", "[^/?]+", route.template)
        found = router.route(
            method=route.method, url__regex=rf"^{base}{path}(\?|$)", name=route.name
        )
        found.side_effect = api.handle
    router.route(url__regex=rf"^{base}/", name=UNKNOWN).side_effect = api.handle
