"""A patch that sends the requests of httpx clients in this process to a sandbox."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_sandbox.api import Api

# A client without a ``transport`` creates one of these, looked up only in `httpx._client`.
_MADE = ("HTTPTransport", "AsyncHTTPTransport")


@contextlib.contextmanager
def patch_httpx(api: Api) -> Iterator[None]:
    """Connect the httpx clients created in this context to the API, for every URL.

    Unlike respx, this needs only httpx: neither httpcore nor certificates, which a web page would
    have to load.
    """

    class Transport(httpx.MockTransport):
        def __init__(self, **_: object) -> None:
            super().__init__(api.handle)

    made = {name: getattr(httpx._client, name) for name in _MADE}
    try:
        for name in _MADE:
            setattr(httpx._client, name, Transport)
        yield
    finally:
        for name, transport in made.items():
            setattr(httpx._client, name, transport)
