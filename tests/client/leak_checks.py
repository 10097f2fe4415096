"""A key and a password that must not show, and the search for them."""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    import httpx

# The sandbox's own are public, and stand in places where these must not.
KEY, PASSWORD = "key-that-nobody-sees", "password-that-nobody-sees"
SECRETS = (KEY, PASSWORD)


def assert_no_secrets(*texts: str) -> None:
    """Fail where one of the secrets stands in one of the texts."""
    for text in texts:
        for secret in SECRETS:
            assert secret not in text, text


def assert_key_in_header_only(request: httpx.Request) -> None:
    """Fail unless the key goes to the API alone, and stands in one header alone."""
    assert request.url.host == "127.0.0.1"
    assert request.headers["Authorization"].startswith(f"Bearer {KEY}")
    others = [pair for pair in request.headers.raw if pair[0].lower() != b"authorization"]
    assert_no_secrets(str(request.url), repr(others), request.content.decode(), repr(request))


def traceback_text(error: BaseException) -> Iterator[str]:
    """Everything that a careless handler could show of an error: its chain, with all locals."""
    link: BaseException | None = error
    while link is not None:
        yield f"{link!r} {link} {vars(link)!r}"
        frames: TracebackType | None = link.__traceback__
        # Callers know the key: the frames that count begin with the library's first.
        while frames and "neon_restore" not in frames.tb_frame.f_code.co_filename:
            frames = frames.tb_next
        shown = traceback.TracebackException(type(link), link, frames, capture_locals=True)
        shown.__cause__ = shown.__context__ = None
        yield "".join(shown.format())
        link = link.__cause__ or link.__context__


def pickled(value: object) -> str:
    """What another process would be sent of a value."""
    return pickle.dumps(value).decode("latin-1")


class InterruptedNetwork(httpcore.NetworkBackend, httpcore.NetworkStream):
    """A network that takes connections and nothing else."""

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Connect."""
        return self

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Be interrupted, with the whole request in a variable."""
        assert KEY.encode() in buffer
        raise KeyboardInterrupt

    def close(self) -> None:
        """Close nothing."""

    def get_extra_info(self, info: str) -> None:
        """Know nothing."""
