"""Serves a built site as a static host does: gzip, content types, rules of `_headers`."""

import gzip
import mimetypes
import threading
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit

# Files that a host reads and does not serve.
PRIVATE = {"_headers", "_redirects"}
# Parts of the types that hosts compress; archives and pictures are compressed already.
COMPRESSED = ("charset", "javascript", "svg", "wasm")
# Without the machine's MIME type files, so that types do not depend on the machine.
TYPES = mimetypes.MimeTypes()


class Answer(NamedTuple):
    """The response to a request."""

    status: HTTPStatus
    headers: list[tuple[str, str]]
    body: bytes


class StaticSiteServer:
    """A server of the folder `root` below the path `base`, in a `with` block, on any free port."""

    def __init__(
        self, root: Path, base: str = "/", address: tuple[str, int] = ("127.0.0.1", 0)
    ) -> None:
        self.root = root.resolve()
        self.base = base
        server = self

        class Handler(_Handler):
            def answer(self) -> Answer:
                return server.answer(self.path)

        self._server = ThreadingHTTPServer(address, Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def origin(self) -> str:
        """The origin of every address: scheme, host and port."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def url(self) -> str:
        """The address of the first page."""
        return self.origin + self.base

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, target: str) -> Answer:
        """Return the response to a GET of a path."""
        # Read once, because another folder may replace it meanwhile.
        root = self.root
        path = unquote(urlsplit(target).path)
        inner = path.removeprefix(self.base) if path.startswith(self.base) else None
        found = (root / inner).resolve() if inner is not None else root / "404.html"
        if found.is_dir() and not path.endswith("/"):
            return Answer(HTTPStatus.MOVED_PERMANENTLY, [("Location", f"{path}/")], b"")
        if found.is_dir():
            found /= "index.html"
        status = HTTPStatus.OK
        is_there = found.is_file() and found.is_relative_to(root)
        if inner is None or found.name in PRIVATE or not is_there:
            found, status = root / "404.html", HTTPStatus.NOT_FOUND
        kind = TYPES.guess_type(found.name)[0] or "application/octet-stream"
        is_text = kind.startswith("text/") or kind.endswith(("json", "xml", "javascript"))
        headers = [("Content-Type", f"{kind}; charset=utf-8" if is_text else kind)]
        for pattern, name, value in self._rules:
            if fnmatchcase(f"/{inner or ''}", pattern):
                headers.append((name, value))
        return Answer(status, headers, found.read_bytes())

    @property
    def _rules(self) -> list[tuple[str, str, str]]:
        """The rules in `_headers`: a line with a path, below it indented `name: value`."""
        path = self.root / "_headers"
        rules, pattern = [], ""
        for line in path.read_text("utf-8").splitlines() if path.exists() else []:
            if line[:1].isspace():
                name, _, value = line.strip().partition(": ")
                rules.append((pattern, name, value))
            else:
                pattern = line.strip()
        return rules


@lru_cache(100)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def answer(self) -> Answer:
        raise NotImplementedError

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        status, headers, body = self.answer()
        compresses = any(kind in value for _, value in headers for kind in COMPRESSED)
        if compresses and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = _packed(body)
            headers = [*headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        # Ignore a client that disconnects before the end.
        with suppress(ConnectionError):
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the client sees the response."""
