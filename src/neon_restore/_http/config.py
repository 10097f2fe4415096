"""The configuration of a client: API key, project, API address and deadline."""

import ipaddress
import os
import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import msgspec

from neon_restore._errors import ConfigurationError
from neon_restore._events import Progress
from neon_restore._http.auth import Secret, validate_api_key
from neon_restore._http.context import CallContext

VERSION = "0.1.0"
NEON = "https://console.neon.tech/api/v2"
DEFAULT_TIMEOUT = timedelta(minutes=10)
_PROJECT_ID = r"[a-z0-9-]{1,60}"
_USER_AGENT = r"(?=.{1,256}\Z)[!-~]+( [!-~]+)*"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The validated configuration of a client."""

    key: Secret
    project_id: str
    url: httpx.URL
    timeout: float
    user_agent: str

    @property
    def is_loopback(self) -> bool:
        """Whether requests go to this machine, where the environment's proxies do not apply."""
        return _is_loopback(self.url.host)

    @property
    def where(self) -> str:
        """The server that requests go to, as text for messages."""
        if self.is_loopback:
            return f"the sandbox at {self.url.netloc.decode()}"
        return "Neon" if str(self.url) == NEON else self.url.netloc.decode()


class BaseNeon:
    """The base class of the blocking and the asynchronous client."""

    _settings: Config
    _progress: Callable[[Progress], object] | None

    @property
    def where(self) -> str:
        """The server that requests go to: Neon, or a sandbox and its address."""
        return self._settings.where

    @property
    def project_id(self) -> str:
        """The id of the project."""
        return self._settings.project_id

    def _context(self, timeout: timedelta | float | None = None) -> CallContext:
        given = self._settings
        return CallContext(
            project_id=given.project_id,
            where=given.where,
            key=given.key,
            timeout=given.timeout if timeout is None else seconds(timeout),
            progress=self._progress,
        )

    def __repr__(self) -> str:
        given = vars(self).get("_settings")  # unset in tracebacks of `__init__`
        on = f" project {given.project_id} on {given.where}" if given else ""
        return f"<{type(self).__name__}{on}>"


def read_config(
    api_key: Secret,
    project_id: str | None,
    api_host: str | None,
    timeout: timedelta | float,
    user_agent: str | None,
) -> Config:
    """Fill missing arguments from the environment, and validate them."""
    if project_id is None:
        project_id = os.environ.get("NEON_PROJECT_ID", "")
    if api_host is None:
        api_host = os.environ.get("NEON_API_HOST") or NEON
    if not project_id:
        raise ConfigurationError(
            "There is no project id.", advice="Set NEON_PROJECT_ID, or pass project_id=."
        )
    # The message omits the text: it may be the value of another variable, such as the API key.
    if not re.fullmatch(_PROJECT_ID, project_id):
        raise ConfigurationError(
            "NEON_PROJECT_ID, or project_id=, holds no project id.",
            advice="Copy the id, not the name, from the project's settings in the Neon Console.",
        )
    agent = f"neon-restore/{VERSION} python-httpx/{httpx.__version__}"
    if user_agent is not None:
        if not re.fullmatch(_USER_AGENT, user_agent):
            raise ConfigurationError(
                "The text in user_agent= is not one that a header takes.",
                advice="Give a name and a version, such as my-tool/1.2.",
            )
        agent = f"{user_agent} {agent}"
    return Config(
        key=validate_api_key(api_key),
        project_id=project_id,
        url=_address(api_host),
        timeout=seconds(timeout),
        user_agent=agent,
    )


def seconds(timeout: timedelta | float) -> float:
    """Return a timeout in seconds."""
    try:
        length = timeout.total_seconds() if isinstance(timeout, timedelta) else float(timeout)
    except OverflowError:
        length = float("nan")
    if not 0 < length < float("inf"):
        raise ConfigurationError(
            f"A timeout of {length:g} s is not a positive length of time.",
            advice="Give seconds, or a timedelta.",
        )
    return length


def _address(text: str) -> httpx.URL:
    advice = f"Give an address such as {NEON} in NEON_API_HOST, or api_host=."
    try:
        url = httpx.URL(text.rstrip("/"))
        # The decoded host, as messages show it, and then what the resolver does.
        host = url.host and url.raw_host.decode().encode("idna")
    except (httpx.InvalidURL, ValueError):
        raise ConfigurationError("The API address is not a URL.", advice=advice) from None
    if url.userinfo or url.query or url.fragment:
        raise ConfigurationError(
            "The API address has more than scheme, host, port and path.", advice=advice
        )
    if url.scheme not in ("http", "https") or not host:
        raise ConfigurationError("The API address is not an http or https address.", advice=advice)
    if url.scheme == "http" and not _is_loopback(url.host):
        raise ConfigurationError(
            f"Plain http to {url.host} would carry the key in clear.",
            advice="Use https. Plain http is for loopback only.",
        )
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
