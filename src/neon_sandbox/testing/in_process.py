"""A patch that sends the requests of httpx clients in this process to a sandbox."""

import contextlib
from collections.abc import Iterator

import httpx

from neon_sandbox.api import Api

# A client calls one of these for its connections, and for those to a proxy.
_MAKERS = ("_init_transport", "_init_proxy_transport")


@contextlib.contextmanager
def patch_httpx(api: Api) -> Iterator[None]:
    """Connect the httpx clients created in this context to the API, for every URL.

    Unlike respx, this needs neither httpcore nor certificates, which a web page would have to load.
    """

    def make(client: object, *_: object, **__: object) -> httpx.MockTransport:
        return httpx.MockTransport(api.handle)

    kinds = httpx.Client, httpx.AsyncClient
    made = {(kind, name): getattr(kind, name) for kind in kinds for name in _MAKERS}
    try:
        for kind, name in made:
            setattr(kind, name, make)
        yield
    finally:
        for (kind, name), method in made.items():
            setattr(kind, name, method)
