"""Secrets that do not show: not in a repr, an error, a log line or a traceback."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx

from neon_restore._errors import ConfigurationError

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


def read_api_key(api_key: str | None) -> Secret:
    """The key that was given, or else the environment's; not checked yet.

    It fails for nothing, so that no traceback goes through here while the key is in clear.
    """
    return Secret(os.environ.get("NEON_API_KEY", "") if api_key is None else api_key)


def validate_api_key(key: Secret) -> Secret:
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
