"""Makes the httpx clients: their connections, certificates and proxy."""

from __future__ import annotations

import importlib
import urllib.request
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

import httpx

from neon_restore._errors import ConfigurationError
from neon_restore._http.auth import BearerAuth

if TYPE_CHECKING:
    import ssl
    from typing import Any

    from neon_restore._http.config import Config


def blocking_client(config: Config, transport: httpx.BaseTransport | None) -> httpx.Client:
    """Return a client that sends by the transport, or else on connections that end in time."""
    if transport is None:
        transport = _Transport()
        transport.tls, transport.proxy = _tls(config), _proxy(config)
    hooks: Any = {"response": [_drop_location]}
    return httpx.Client(transport=transport, event_hooks=hooks, **_options(config))


def async_client(config: Config, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """Return an asynchronous client, as `blocking_client` does."""
    network: dict[str, Any] = {"transport": transport}
    if transport is None:
        # Plain http, to loopback, needs no certificates, and they are slow to load.
        network = {"verify": _tls(config) or False, "proxy": _proxy(config)}
    hooks: Any = {"response": [_drop_location_async]}
    return httpx.AsyncClient(event_hooks=hooks, **network, **_options(config))


def _options(config: Config) -> dict[str, Any]:
    return {
        "base_url": config.url,
        "auth": BearerAuth(config.key),
        "headers": {
            "Accept": "application/json",
            "User-Agent": config.user_agent,
            "Accept-Encoding": "gzip",
            # On a connection that is used again, an answer may belong to an earlier request.
            "Connection": "close",
        },
        "cookies": _NoCookies(),
        "trust_env": False,
    }


class _Transport(httpx.BaseTransport):
    """Connections to the API or to its proxy."""

    tls: ssl.SSLContext | None
    proxy: httpx.Proxy | None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # A web page has no httpcore, and never calls this.
        from neon_restore._http.transport import send

        return send(request, self.tls, self.proxy)


class _NoCookies(CookieJar):
    """Keeps no cookies."""

    def extract_cookies(self, *_: object) -> None:
        """Do nothing."""


def _drop_location(response: httpx.Response) -> None:
    """Remove the target of a redirect: it is never followed, and httpx fails at some of them."""
    response.headers.pop("Location", None)


async def _drop_location_async(response: httpx.Response) -> None:
    _drop_location(response)


def _tls(config: Config) -> ssl.SSLContext | None:
    if config.url.scheme == "http":
        return None
    try:
        return httpx.create_ssl_context(trust_env=not config.is_loopback)
    except OSError as error:
        raise ConfigurationError(
            f"The certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error}.",
            advice="Correct the variable, or unset it.",
        ) from None


def _proxy(config: Config) -> httpx.Proxy | None:
    """Return the proxy that the environment names for the API; loopback has none."""
    if config.is_loopback:
        return None
    proxies = urllib.request.getproxies()
    address = proxies.get(config.url.scheme) or proxies.get("all")
    if not address or urllib.request.proxy_bypass(config.url.netloc.decode()):
        return None
    advice = "Correct HTTPS_PROXY or ALL_PROXY, unset it, or name the API in NO_PROXY."
    # The messages omit the address: it may have a password.
    try:
        proxy = httpx.Proxy(address if "://" in address else f"http://{address}")
        if not proxy.url.host.encode("idna"):
            raise httpx.InvalidURL("no host")
        if proxy.url.scheme.startswith("socks"):
            importlib.import_module("socksio")
    except (httpx.InvalidURL, ValueError):
        what = "The proxy that the environment names is not the URL of a proxy."
    except ImportError:
        what = "The environment names a SOCKS proxy, which needs the package socksio."
    else:
        return proxy
    raise ConfigurationError(what, advice=advice)
