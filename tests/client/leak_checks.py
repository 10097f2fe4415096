"""An API key and a password that must not leak, and the checks that look for them."""

import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import httpcore
import httpx

# The sandbox's own are public, and appear where these must not.
KEY, PASSWORD = "key-that-nobody-sees", "password-that-nobody-sees"
SECRETS = (KEY, PASSWORD)


def assert_no_secrets(*texts: str) -> None:
    """Fail if one of the texts contains one of the secrets."""
    for text in texts:
        for secret in SECRETS:
            assert secret not in text, text


def assert_key_in_header_only(request: httpx.Request) -> None:
    """Fail unless the API key goes only to the API, and only in one header."""
    assert request.url.host == "127.0.0.1"
    assert request.headers["Authorization"].startswith(f"Bearer {KEY}")
    others = [pair for pair in request.headers.raw if pair[0].lower() != b"authorization"]
    assert_no_secrets(str(request.url), repr(others), request.content.decode(), repr(request))


def traceback_text(error: BaseException) -> Iterator[str]:
    """Yield all that a careless handler could show of an error: its chain, with all locals."""
    link: BaseException | None = error
    while link is not None:
        yield f"{link!r} {link} {vars(link)!r}"
        frames = link.__traceback__
        # Callers know the API key, so only the frames from the library's first one on are checked.
        while frames and "neon_restore" not in frames.tb_frame.f_code.co_filename:
            frames = frames.tb_next
        shown = traceback.TracebackException(type(link), link, frames, capture_locals=True)
        shown.__cause__ = shown.__context__ = None
        yield "".join(shown.format())
        link = link.__cause__ or link.__context__


def pickled(value: object) -> str:
    """Return the pickle of a value as text."""
    return pickle.dumps(value).decode("latin-1")


class InterruptedNetwork(httpcore.NetworkBackend, httpcore.NetworkStream):
    """A network backend that accepts connections and raises on the first write."""

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Return this stream."""
        return self

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Raise `KeyboardInterrupt`, with the whole request in a variable."""
        assert KEY.encode() in buffer
        raise KeyboardInterrupt

    def close(self) -> None:
        """Do nothing."""
