"""Serves the newest build of the guide, and reloads open pages after a newer build."""

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from threading import Condition, Event
from urllib.parse import urlsplit

from tools.postbuild.run_here import FOLDER as PYTHON
from tools.static_site_server import Answer, StaticSiteServer

SCRIPT = Path(__file__).with_name("reload.js")
OWN = "_serve/"
HELD = 20.0
"""Seconds after which a page that waits for a newer build must repeat its request."""
PLAIN = ("Content-Type", "text/plain; charset=utf-8")
NOT_BUILT = "The guide is not built. The terminal of `make serve` says why; this page tries again."


@dataclass(frozen=True)
class Build:
    """A build of the guide, in a separate folder."""

    folder: Path
    python_is_there: Event = field(default_factory=Event)
    """Set when Python for its pages is packed, was not packed, or is not needed."""
    name: str = field(default_factory=lambda: str(time.time_ns()))
    """Unique among all builds, including those before the last start."""

    @property
    def python(self) -> str:
        """The name of the folder that its pages load Python from, or an empty string."""
        return next((path.name for path in self.folder.glob(f"{PYTHON}/*")), "")


class LiveReloadServer(StaticSiteServer):
    """A server of the newest build that acts as a static host, but adds a script to each page."""

    def __init__(self, base: str, address: tuple[str, int]) -> None:
        super().__init__(Path(), base, address)
        self._build: Build | None = None
        self._has_tried = False
        self._is_over = False
        self._changed = Condition()

    def publish(self, build: Build) -> None:
        """Serve this build from now on."""
        with self._changed:
            self._build, self.root, self._has_tried = build, build.folder.resolve(), True
            self._changed.notify_all()

    def fail(self) -> None:
        """Respond with 503 while there is no build yet, instead of letting requests wait."""
        with self._changed:
            self._has_tried = True
            self._changed.notify_all()

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        super().__exit__()

    def answer(self, target: str) -> Answer:
        """Wait for what a GET of a path needs, and return its response."""
        path = urlsplit(target).path.removeprefix(self.base)
        with self._changed:
            self._changed.wait_for(lambda: self._has_tried or self._is_over)
            build = self._build
        if build is None:
            headers = [PLAIN, ("Refresh", "1")]
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, headers, NOT_BUILT.encode())
        if path == f"{OWN}reload.js":
            headers = [("Content-Type", "text/javascript; charset=utf-8")]
            return Answer(HTTPStatus.OK, headers, SCRIPT.read_bytes())
        if path == f"{OWN}next":
            return Answer(HTTPStatus.OK, [PLAIN], self._next(urlsplit(target).query).encode())
        if path.startswith(f"{PYTHON}/"):
            # Wait for the Python of this build, so that a page runs the client that it shows.
            build.python_is_there.wait()
        return self._with_script(super().answer(target), build)

    def _next(self, name: str) -> str:
        """Return the name of the newest build, as soon as it differs from that of the page."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_over or (self._build and self._build.name != name), HELD
            )
            return self._build.name if self._build else name

    def _with_script(self, answer: Answer, build: Build) -> Answer:
        if ("Content-Type", "text/html; charset=utf-8") not in answer.headers:
            return answer
        # A file of this server, which the Content-Security-Policy of the pages allows.
        before, end, after = answer.body.rpartition(b"</body>")
        script = f'<script src="{self.base}{OWN}reload.js?{build.name}" defer></script>'
        return answer._replace(body=before + script.encode() + end + after)
