"""A server on loopback that does with each connection what a test says."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate

END = b"\r\n\r\n"


class RawServer:
    """A listening server; `requests` has the first line of each request that it received."""

    def __init__(self, serve: "Serve") -> None:
        self.requests: list[str] = []
        self.over = threading.Event()
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """The address of the API that the server stands for."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/api/v2"

    def close(self) -> None:
        """End all connections, and stop listening."""
        self.over.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def receive(self, connection: socket.socket) -> str:
        """Read a request to its end, and return its first line; empty if there is none."""
        data = b""
        while END not in data:
            if not (read := connection.recv(65536)):
                return ""
            data += read
        head, _, body = data.partition(END)
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-len")]
        missing = int(lengths[0].partition(b":")[2]) - len(body) if lengths else 0
        while missing > 0:
            missing -= len(connection.recv(65536))
        self.requests.append(head.split(b"\r\n")[0].decode())
        return self.requests[-1]

    def drip(self, connection: socket.socket, *parts: bytes, pause: float = 0.05) -> None:
        """Send parts with pauses, the last one again and again, until the test is over."""
        while not self.over.wait(pause):
            connection.sendall(parts[0])
            parts = parts[1:] or parts

    def _accept(self) -> None:
        while not self.over.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._answer, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with connection, suppress(OSError):
            self._serve(self, connection)


Serve = Callable[[RawServer, socket.socket], object]


@contextmanager
def raw_server(serve: Serve) -> Iterator[RawServer]:
    """Open a server, and close it."""
    server = RawServer(serve)
    try:
        yield server
    finally:
        server.close()


def message(
    body: object = None, *headers: str, status: int = 200, content: bytes | None = None
) -> bytes:
    """Return the bytes of a response, with JSON or with other content."""
    content = json.dumps(body).encode() if content is None else content
    lines = [f"HTTP/1.1 {status} Said", f"Date: {formatdate(usegmt=True)}", *headers]
    if not any(line.startswith("Transfer-Encoding") for line in headers):
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join(lines).encode("latin-1") + END + content


def answers(*responses: bytes) -> Serve:
    """Answer one request on each connection, with one response after another, the last for ever."""
    left = list(responses)

    def serve(server: RawServer, connection: socket.socket) -> None:
        if server.receive(connection):
            connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return serve
