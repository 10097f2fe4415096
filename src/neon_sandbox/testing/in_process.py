"""A patch that sends the requests of httpx clients in this process to a sandbox."""

import contextlib
from collections.abc import Iterator

import httpx

from neon_sandbox.api import Api

# A client without a ``transport`` creates one of these, looked up only in `httpx._client`.
_MADE = ("HTTPTransport", "AsyncHTTPTransport")


@contextlib.contextmanager
def patch_httpx(api: Api) -> Iterator[None]:
    """Connect the httpx clients created in this context to the API, for every URL.

    Unlike respx, this needs neither httpcore nor certificates, which a web page would have to load.
    """

    class Transport(httpx.MockTransport):
        def __init__(self, **_: object) -> None:
            super().__init__(api.handle)

    made = {name: getattr(httpx._client, name) for name in _MADE}
    try:
        vars(httpx._client).update(dict.fromkeys(_MADE, Transport))
        yield
    finally:
        vars(httpx._client).update(made)
