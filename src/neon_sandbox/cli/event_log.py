"""Logs the events of a running sandbox: requests, changes of branches, ephemeral computes."""

import threading
from collections.abc import Callable, Iterator
from typing import Self

import httpx

from neon_sandbox.cli.branch_tree import TreeRow, position, tree_rows
from neon_sandbox.scenario import Sandbox

HEARTBEAT = 0.2
"""Seconds between two checks for changes that no request made."""


class EventLog:
    """A log of the events in a sandbox, passed line by line to ``say``.

    While it is open, it also lets the model catch up with its clock, which otherwise only requests
    do. So an operation ends when its work does, and an ephemeral compute when its time is up.
    """

    def __init__(self, sandbox: Sandbox, say: Callable[[str], None]) -> None:
        self._sandbox = sandbox
        self._say = say
        self._guard = threading.RLock()
        self._rows = self._look()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="event-log", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.log_changes()

    def log_request(self, request: httpx.Request, response: httpx.Response) -> None:
        """Log a request, its response, and what it changed."""
        project = f"{self._sandbox.api.base}/projects/{self._sandbox.model.project.id}"
        path = request.url.raw_path.decode("ascii").removeprefix(project)
        with self._guard:
            self._line(f"{request.method} {path} → {response.status_code}{_reason(response)}")
            self.log_changes()

    def log_changes(self) -> None:
        """Log what changed since the last check."""
        with self._guard:
            before, self._rows = self._rows, self._look()
            for old, new in zip(before, self._rows, strict=True):
                for sign, shown in _changes(old, new):
                    self._line(f"  {sign} {shown}")

    def _watch(self) -> None:
        while not self._over.wait(HEARTBEAT):
            self.log_changes()

    def _look(self) -> tuple[dict[str, TreeRow], dict[str, TreeRow]]:
        """Return the rows of the branches and of the ephemeral computes, by their ids."""
        model = self._sandbox.model
        with self._sandbox.api.lock:
            computes = {
                compute.id: TreeRow(
                    "",
                    f"time travel on {model.branches[compute.branch_id].name}",
                    None,
                    (position(compute.position),),
                )
                for compute in model.ephemeral_computes()
            }
            return tree_rows(model), computes

    def _line(self, text: str) -> None:
        self._say(f"{self._sandbox.clock.now():%H:%M:%S} {_printable(text)}")


def _changes(
    before: dict[str, TreeRow], after: dict[str, TreeRow]
) -> Iterator[tuple[str, TreeRow]]:
    for key, line in before.items():
        if key not in after:
            yield "-", line
    for key, line in after.items():
        if key not in before:
            yield "+", line
        elif line._replace(twigs="") != before[key]._replace(twigs=""):
            yield "~", line


def _reason(response: httpx.Response) -> str:
    """Return the error message of a rejected request, otherwise an empty string."""
    return f" {response.json()['message']}" if response.is_error else ""


def _printable(text: str) -> str:
    """Replace what could move the terminal's cursor: any client can name a branch."""
    return "".join(character if character.isprintable() else "�" for character in text)
