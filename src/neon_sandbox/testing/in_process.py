"""The sandbox in place of the network: what any httpx client in this process sends, it answers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_sandbox.api import Api

# What a client without a transport of its own makes itself one of. They are looked up there only.
_MADE = ("HTTPTransport", "AsyncHTTPTransport")


@contextlib.contextmanager
def patch_httpx(api: Api) -> Iterator[None]:
    """Let clients that are made meanwhile reach the API, whatever address they ask.

    Unlike respx this takes nothing but httpx: neither httpcore nor certificates, which a page
    would have to load.
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
