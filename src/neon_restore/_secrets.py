"""Secrets that do not show: not in a repr, an error, a log line or a traceback."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import httpx

from ._errors import ConfigurationError, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Generator

_KEY = r"[A-Za-z0-9._~+/=-]+"
"""The characters of a bearer token in RFC 6750."""


class Secret:
    """Text whose repr and str hide it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = str(text)

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def redact(self, text: str) -> str:
        """Any other text with this one taken out of it, percent-encoded or not."""
        for secret in filter(None, (self._text, unquote(self._text))):
            text = text.replace(secret, "***")
        return text

    def __repr__(self) -> str:
        return "Secret(***)"


class BearerAuth(httpx.Auth):
    """Puts the key into `Authorization` and nowhere else."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header to a request."""
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


def given_key(api_key: str | None) -> Secret:
    """The key that was given, or else the environment's; not checked yet.

    It fails for nothing, so that no traceback goes through here while the key is in clear.
    """
    return Secret(os.environ.get("NEON_API_KEY", "") if api_key is None else api_key)


def checked(key: Secret) -> Secret:
    """The key, if it can be one.

    Raises:
        ConfigurationError: It is missing, or has characters that no key has.

    """
    advice = "Set NEON_API_KEY to a key from the Neon Console, or pass api_key=."
    if not key.reveal():
        raise ConfigurationError("There is no API key.", advice=advice)
    if not re.fullmatch(_KEY, key.reveal()):
        raise ConfigurationError("The API key has characters that no key has.", advice=advice)
    return key


class ConnectionString:
    """A Postgres connection URI that hides its password unless `str()` asks for it.

    `str()` gives the whole URI, which any Postgres driver takes; `repr()`, and so a
    traceback or a log of the object, shows `***` in place of the password.

    Attributes:
        host: The host, with a port where the URI has one.
        database: The database.
        role: The role.
        options: The `options` of the URI, such as `neon_timestamp:2026-11-20T14:31:00Z`.

    """

    __slots__ = ("_host", "_password", "_path", "_query", "_role")

    def __init__(self, uri: str) -> None:
        parts = _parts(uri)
        del uri  # so that no traceback through here shows the password
        # Set in any case: tracebacks show half-made objects too.
        nothing = "", Secret(""), "", "", ""
        self._role, self._password, self._host, self._path, self._query = parts or nothing
        if parts is None:
            raise UnexpectedAnswer(
                "The connection URI is not one that Postgres takes.",
                advice="Check that NEON_API_HOST is Neon's address.",
            )

    def at(self, branch_id: str, options: str) -> ConnectionString:
        """The same connection, into the past of a branch.

        Neon's form: the branch id in place of the endpoint id, the point as an option.
        """
        endpoint, dot, domain = self._host.partition(".")
        past = ConnectionString(str(self))
        if endpoint.startswith("ep-"):  # not so where a stand-in runs on an IP address
            past._host = branch_id + dot + domain
        parameters = parse_qsl(self._query, keep_blank_values=True)
        kept = [(name, value) for name, value in parameters if name != "options"]
        past._query = urlencode([*kept, ("options", options)], quote_via=quote, safe="")
        return past

    def redact(self, text: str) -> str:
        """The text without the password."""
        return self._password.redact(text)

    @property
    def host(self) -> str:
        return self._host

    @property
    def database(self) -> str:
        return unquote(self._path.removeprefix("/"))

    @property
    def role(self) -> str:
        return unquote(self._role)

    @property
    def options(self) -> str | None:
        return dict(parse_qsl(self._query)).get("options")

    def __str__(self) -> str:
        return self._text(self._password.reveal())

    def __repr__(self) -> str:
        return f"ConnectionString({self._text('***')!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, ConnectionString) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    def _text(self, password: str) -> str:
        query = f"?{self._query}" if self._query else ""
        return f"postgresql://{self._role}:{password}@{self._host}{self._path}{query}"


def _parts(uri: str) -> tuple[str, Secret, str, str, str] | None:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    userinfo, _, host = parts.netloc.rpartition("@")
    role, _, password = userinfo.partition(":")
    if not role or not host or parts.scheme not in ("postgres", "postgresql"):
        return None
    return role, Secret(password), host, parts.path, parts.query
