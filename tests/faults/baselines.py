"""Other ways to restore: a handwritten retry loop, and the Neon CLI."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import httpx

from neon_sandbox.scenario import PROJECT_ID
from tests.faults.oracle import Outcome, Reported
from tests.sandbox.neon_cli.program import PROGRAM, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.faults.harness import Harness
    from tests.faults.schedule import Schedule

ATTEMPTS = 5
FIRST_PAUSE = 0.5
POLL = 1.0
PATIENCE = 120.0
"""Timeout of a command in seconds: the Neon CLI sets none."""


class OperationEnded(Exception):
    """Neon accepted the restore and did not finish it."""


def retry_loop(
    http: httpx.Client, harness: Harness, schedule: Schedule, sleep: Callable[[float], None]
) -> None:
    """Restore with a common handwritten loop that retries on transport errors and 5xx.

    Raises:
        httpx.HTTPError: A request failed at the last attempt.
        OperationEnded: An operation of an accepted restore failed.

    """

    def ask(method: str, path: str, json: dict[str, str] | None = None) -> Any:
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = http.request(method, f"projects/{PROJECT_ID}/{path}", json=json)
                if response.status_code < 500 or attempt == ATTEMPTS:
                    response.raise_for_status()
                    return response.json()
            except httpx.TransportError:
                if attempt == ATTEMPTS:
                    raise
            sleep(pause)
            pause *= 2
        return None

    ids = {branch["name"]: branch["id"] for branch in ask("GET", "branches")["branches"]}
    asked = harness.body(schedule.name)
    asked["source_branch_id"] = ids[schedule.task.source or schedule.task.branch]
    answer = ask("POST", f"branches/{ids[schedule.task.branch]}/restore", asked)
    for operation in answer["operations"]:
        while operation["status"] not in ("finished", "skipped"):
            if operation["status"] in ("failed", "error", "cancelled"):
                raise OperationEnded(operation["action"])
            sleep(POLL)
            operation = ask("GET", f"operations/{operation['id']}")["operation"]


def arguments(harness: Harness, schedule: Schedule) -> list[str]:
    """Return the arguments of the Neon CLI for a task."""
    task = schedule.task
    source = task.source or "^self"
    if task.branch == "development" and source == "production":
        source = "^parent"
    point = harness.good_lsn if task.by_lsn else task.timestamp
    name = ["--preserve-under-name", schedule.name or ""] if task.keeps else []
    source = f"{source}@{point}" if point else source
    return ["branches", "restore", task.branch, source, *name]


async def command_line(
    harness: Harness, schedule: Schedule, home: Path, variables: Mapping[str, str]
) -> Outcome:
    """Restore with the Neon CLI, which exits as soon as Neon accepts the restore."""
    home.mkdir()
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        "--no-analytics",
        "--project-id",
        PROJECT_ID,
        *arguments(harness, schedule),
        env=environment(home, variables),
        cwd=home,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        return Outcome(Reported.ENDLESS)
    words = printed.decode(errors="replace").strip().rpartition(os.linesep)[2]
    return Outcome(Reported.FAILED if process.returncode else Reported.DONE, words)
