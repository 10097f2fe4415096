"""Logs the events of a running sandbox: requests, changes of branches, ephemeral computes."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Self

from neon_sandbox.cli import branch_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

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
        self._guard = threading.Lock()
        self._branches, self._computes = self._look()
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
            self._show_changes()

    def log_changes(self) -> None:
        """Log what changed since the last check."""
        with self._guard:
            self._show_changes()

    def _watch(self) -> None:
        while not self._over.wait(HEARTBEAT):
            self.log_changes()

    def _show_changes(self) -> None:
        branches, computes = self._look()
        for sign, shown in _changes(self._branches, branches):
            self._line(f"  {sign} {shown}")
        for sign, shown in _changes(self._computes, computes):
            self._line(f"  {sign} {shown}")
        self._branches, self._computes = branches, computes

    def _look(self) -> tuple[dict[str, branch_tree.TreeRow], dict[str, branch_tree.TreeRow]]:
        model = self._sandbox.model
        with self._sandbox.api.lock:
            computes = {
                compute.id: branch_tree.TreeRow(
                    "",
                    f"time travel on {model.branches[compute.branch_id].name}",
                    None,
                    (branch_tree.position(compute.position),),
                )
                for compute in model.ephemeral_computes()
            }
            return branch_tree.tree_rows(model), computes

    def _line(self, text: str) -> None:
        self._say(f"{self._sandbox.clock.now():%H:%M:%S} {_printable(text)}")


def _changes(
    before: dict[str, branch_tree.TreeRow], after: dict[str, branch_tree.TreeRow]
) -> Iterator[tuple[str, branch_tree.TreeRow]]:
    for key, line in before.items():
        if key not in after:
            yield "-", line
    for key, line in after.items():
        if key not in before:
            yield "+", line
        elif not line.tells_the_same_as(before[key]):
            yield "~", line


def _reason(response: httpx.Response) -> str:
    """Return the error message of a rejected request, otherwise an empty string."""
    if not response.is_error:
        return ""
    return f" {json.loads(response.content)['message']}"


def _printable(text: str) -> str:
    """Replace what could move the terminal's cursor: any client can name a branch."""
    return "".join(character if character.isprintable() else "�" for character in text)
