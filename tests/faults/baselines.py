"""Other ways to restore: a handwritten retry loop, and the Neon CLI."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

import httpx

from neon_sandbox.scenario import API_KEY, PROJECT_ID
from tests.faults.harness import Harness
from tests.faults.oracle import Outcome, Reported
from tests.faults.schedule import Schedule
from tests.sandbox.neon_cli.program import run

PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further attempt."""
POLL = 1.0


def retry_loop(
    harness: Harness, schedule: Schedule, sleep: Callable[[float], None], **settings: Any
) -> Outcome:
    """Restore with a common handwritten loop that retries on transport errors and 5xx."""
    headers = {"authorization": f"Bearer {API_KEY}"}
    http = httpx.Client(headers=headers, trust_env=False, **settings)

    def ask(method: str, path: str, json: dict[str, str] | None = None) -> Any:
        send = partial(http.request, method, f"projects/{PROJECT_ID}/{path}", json=json)
        for pause in PAUSES:
            with suppress(httpx.TransportError):
                response = send()
                if response.status_code < 500:
                    return response.raise_for_status().json()
            sleep(pause)
        return send().raise_for_status().json()

    with http:
        try:
            ids = {branch["name"]: branch["id"] for branch in ask("GET", "branches")["branches"]}
            asked = harness.body(schedule.name)
            asked["source_branch_id"] = ids[schedule.task.source or schedule.task.branch]
            answer = ask("POST", f"branches/{ids[schedule.task.branch]}/restore", asked)
            for operation in answer["operations"]:
                while operation["status"] not in ("finished", "skipped"):
                    if operation["status"] in ("failed", "error", "cancelled"):
                        return Outcome(Reported.PENDING, f"{operation['action']} did not finish")
                    sleep(POLL)
                    operation = ask("GET", f"operations/{operation['id']}")["operation"]
        except Exception as error:
            return Outcome(Reported.FAILED, repr(error))
    return Outcome(Reported.DONE)


def command_line(
    harness: Harness, schedule: Schedule, home: Path, variables: Mapping[str, str]
) -> Outcome:
    """Restore with the Neon CLI, which exits as soon as Neon accepts the restore."""
    home.mkdir()
    try:
        done = run(arguments(harness, schedule), home, variables)
    except TimeoutExpired:
        return Outcome(Reported.ENDLESS)
    words = (done.stderr + done.stdout).strip().rpartition("\n")[2]
    return Outcome(Reported.FAILED if done.returncode else Reported.DONE, words)


def arguments(harness: Harness, schedule: Schedule) -> list[str]:
    """Return the arguments of the Neon CLI for a task."""
    task = schedule.task
    source = task.source or "^self"
    if task.branch == "development" and source == "production":
        source = "^parent"
    if point := harness.good_lsn if task.by_lsn else task.timestamp:
        source = f"{source}@{point}"
    name = ["--preserve-under-name", schedule.name or ""] if task.keeps else []
    return ["branches", "restore", task.branch, source, *name]
