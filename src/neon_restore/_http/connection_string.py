"""Holds Postgres connection URIs and hides their passwords."""

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from neon_restore._errors import UnexpectedAnswer
from neon_restore._http.auth import Secret


class ConnectionString:
    """A Postgres connection URI that hides its password except in `str()`.

    `str()` returns the whole URI, which any Postgres driver accepts. `repr()`, and so a
    traceback or a log of the object, shows `***` instead of the password.

    Attributes:
        host: The host, with the port if the URI has one.
        database: The database.
        role: The role.
        options: The `options` of the URI, such as `neon_timestamp:2026-11-20T14:31:00Z`.
    """

    __slots__ = ("_host", "_password", "_path", "_query", "_role")

    def __init__(self, uri: str) -> None:
        parts = _parse_uri(uri)
        del uri  # keeps the password out of tracebacks
        # Set before raising: a traceback may show the repr of this object.
        nothing = "", Secret(""), "", "", ""
        self._role, self._password, self._host, self._path, self._query = parts or nothing
        if parts is None:
            raise UnexpectedAnswer(
                "The connection URI is not one that Postgres takes.",
                advice="Check that NEON_API_HOST is Neon's address.",
            )

    def at(self, branch_id: str, options: str) -> "ConnectionString":
        """Return the same connection at a point in time of a branch.

        As Neon specifies, the branch id replaces the endpoint id, and `options` has the point.
        """
        endpoint, dot, domain = self._host.partition(".")
        past = ConnectionString(str(self))
        if endpoint.startswith("ep-"):  # false for a sandbox on an IP address
            past._host = branch_id + dot + domain
        parameters = parse_qsl(self._query, keep_blank_values=True)
        kept = [(name, value) for name, value in parameters if name != "options"]
        past._query = urlencode([*kept, ("options", options)], quote_via=quote, safe="")
        return past

    def redact(self, text: str) -> str:
        """Replace the password in a text with `***`."""
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


def _parse_uri(uri: str) -> tuple[str, Secret, str, str, str] | None:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    userinfo, _, host = parts.netloc.rpartition("@")
    role, _, password = userinfo.partition(":")
    if not role or not host or parts.scheme not in ("postgres", "postgresql"):
        return None
    return role, Secret(password), host, parts.path, parts.query
