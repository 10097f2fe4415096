"""Runs conditions one after the other, each in a clone of HEAD, and makes the table of them."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.everywhere.conditions import Condition
from tools.everywhere.settings import NotHere, Setting

SHARED = "checkout"
SET_UP = "site"
# What a make that runs this tool hands to those that it runs.
OF_MAKE = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ONLY", "COMPLETE"}
FAILED = re.compile(
    r"^(?:FAILED|ERROR) (\S+?\.py(?:::[\w:]+(?:\[.*\](?= - |$))?)?)(?: - .*)?$", re.MULTILINE
)
COUNTS = re.compile(r"^(\d+ \w+(?:, \d+ \w+)*) in [\d.]+s", re.MULTILINE)
LEFT_OUT = re.compile(r"^not run here: (?!0 blocks).+$", re.MULTILINE)


@dataclass
class Row:
    """What became of a condition."""

    name: str
    ran: str
    result: str
    seconds: float = 0.0
    is_red: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass
class Runner:
    """Runs conditions for a repository in a scratch folder; `say` takes what happens meanwhile.

    Logs are written to `logs`. A clone is made, and set up, when the first condition asks for it.
    """

    root: Path
    scratch: Path
    logs: Path
    say: Callable[[str], None]

    def run(self, condition: Condition) -> Row:
        """Run one condition."""
        row = Row(condition.name, "; ".join(f"make {made}" for made in condition.proof), "passed")
        log = self.logs / f"{slug(condition.name)}.log"
        log.write_bytes(b"")
        folder = self.scratch / slug(condition.name)
        folder.mkdir(mode=0o711)
        began = time.monotonic()
        try:
            setting = condition.setting(folder)
            checkout = self._checkout(condition, log)
            began = time.monotonic()
            failed = self._prove(condition, setting, checkout, log) if checkout else SET_UP
        except NotHere as reason:
            row.result = f"not run here, because {reason}"
            return row
        finally:
            shutil.rmtree(folder)
        row.seconds = time.monotonic() - began
        said = log.read_text("utf-8", "replace")
        row.notes = list(dict.fromkeys(FAILED.findall(said)))
        if failed and not row.notes:
            row.notes = [f"`make {failed}` failed"]
        if condition.says not in said:
            row.notes.append(f"the run does not say “{condition.says}”")
        row.is_red = bool(row.notes)
        row.result = ("failed: " if row.is_red else "") + (counted(said) or row.result)
        row.notes += LEFT_OUT.findall(said)
        return row

    def _checkout(self, condition: Condition, log: Path) -> Path | None:
        """Return the clone that a condition runs in; none where it could not be set up."""
        checkout = self.scratch / (condition.checkout or SHARED)
        if checkout.exists():
            return checkout
        subprocess.run(["git", "clone", "--quiet", self.root, checkout], check=True)
        if condition.checkout or self._make(SET_UP, checkout, Setting(), log):
            return checkout
        shutil.rmtree(checkout)
        return None

    def _prove(
        self, condition: Condition, setting: Setting, checkout: Path, log: Path
    ) -> str | None:
        """Run the commands; return the first that failed."""
        if setting.owner:
            owner = f"{setting.owner.pw_uid}:{setting.owner.pw_gid}"
            subprocess.run(["chown", "--recursive", owner, checkout], check=True)
        try:
            for made in condition.proof:
                if not self._make(made, checkout, setting, log):
                    return made
        finally:
            if condition.checkout:
                shutil.rmtree(checkout)
        return None

    def _make(self, arguments: str, checkout: Path, setting: Setting, log: Path) -> bool:
        """Run make under a setting; return whether it succeeded."""
        kept = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        self.say(f"  make {arguments} …")
        began = time.monotonic()
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*setting.wrapper, "make", "--no-print-directory", *shlex.split(arguments)],
                cwd=checkout,
                env={**kept, **setting.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = process.wait()
            finally:
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGTERM)
                    process.wait()
        ended = "passed" if status == 0 else "FAILED"
        self.say(f"  make {arguments}: {ended} after {time.monotonic() - began:.0f} s")
        return status == 0


def slug(name: str) -> str:
    """Return a name as a name of a file."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")


def counted(said: str) -> str:
    """Return how many tests passed, failed and so on, over all runs of pytest in a log."""
    counts: Counter[str] = Counter()
    for line in COUNTS.findall(said):
        for part in line.split(", "):
            number, _, word = part.partition(" ")
            counts[word] += int(number)
    return ", ".join(f"{number} {word}" for word, number in counts.items())


def table(rows: Sequence[Row], logs: Path) -> str:
    """Return the table, and below it what failed and what was left out."""
    names = max(len("condition"), *(len(row.name) for row in rows))
    results = max(len("result"), *(len(row.result) for row in rows))
    lines = [f"{'condition':<{names}}  {'result':<{results}}  {'seconds':>7}  what ran"]
    for row in rows:
        seconds = f"{row.seconds:.0f}" if row.ran and row.seconds else ""
        lines.append(f"{row.name:<{names}}  {row.result:<{results}}  {seconds:>7}  {row.ran}")
    for row in rows:
        if row.notes:
            lines += ["", f"{row.name}: {logs / slug(row.name)}.log"]
            lines += [f"  {note}" for note in row.notes]
    return "\n".join(lines) + "\n"
