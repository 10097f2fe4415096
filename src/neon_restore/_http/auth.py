"""Keeps secrets out of `repr()`, errors, logs and tracebacks."""

import os
import re
from collections.abc import Generator
from urllib.parse import unquote

import httpx

from neon_restore._errors import ConfigurationError, WrongType

_KEY = r"[A-Za-z0-9._~+/=-]+"
"""The syntax of a bearer token in RFC 6750."""
MIN_REDACTED = 8


class Secret:
    """A text that its repr and str hide."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def redact(self, text: str) -> str:
        """Replace the secret, as given or percent-decoded, with `***` in a text."""
        for secret in filter(None, (self._text, unquote(self._text))):
            text = text.replace(secret, "***")
        return text

    def redact_json(self, content: bytes) -> bytes:
        r"""Replace the secret with `***` in JSON, also where characters are escaped as `\u0041`.

        A text of less than 8 characters stays: it is no key, and may be a part of any word.
        """
        if len(self._text) < MIN_REDACTED:
            return content
        content = content.replace(self._text.encode(), b"***")
        if b"\\" not in content:
            return content
        key = "".join(rf"\\?(?:{re.escape(c)}|u(?i:{ord(c):04x}))" for c in self._text)
        return re.sub(key.encode(), b"***", content)

    def __repr__(self) -> str:
        return "Secret(***)"


class BearerAuth(httpx.Auth):
    """Bearer authentication that puts the API key into `Authorization` only."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the `Authorization` header to a request."""
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


def read_api_key(api_key: str | None) -> Secret:
    """Return the given API key, or else that of the environment, without checking it.

    It never raises, so that no traceback shows its frame, which holds the key in clear text.
    """
    return Secret(os.environ.get("NEON_API_KEY", "") if api_key is None else api_key)


def validate_api_key(key: Secret) -> Secret:
    """Return the API key if its form is valid."""
    if not isinstance(key.reveal(), str):  # no variable holds it, for the sake of tracebacks
        raise WrongType("The client takes api_key as str or None.", advice="Give it as str.")
    advice = "Set NEON_API_KEY to a key from the Neon Console, or pass api_key=."
    if not key.reveal():
        raise ConfigurationError("There is no API key.", advice=advice)
    if not re.fullmatch(_KEY, key.reveal()):
        raise ConfigurationError("The API key has characters that no key has.", advice=advice)
    return key
