"""Runs conditions one after the other in clones of HEAD, and makes a table of the results."""

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
# Variables of a make that runs this tool, which the make commands here must not inherit.
OF_MAKE = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ONLY", "COMPLETE"}
FAILED = re.compile(
    r"^(?:FAILED|ERROR) (\S+?\.py(?:::[\w:]+(?:\[.*\](?= - |$))?)?)(?: - .*)?$", re.MULTILINE
)
COUNTS = re.compile(r"^(\d+ \w+(?:, \d+ \w+)*) in [\d.]+s", re.MULTILINE)
LEFT_OUT = re.compile(r"^not run here: (?!0 blocks).+$", re.MULTILINE)


@dataclass
class Row:
    """The result of a condition."""

    name: str
    ran: str
    result: str
    seconds: float = 0.0
    is_red: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass
class Runner:
    """A runner of conditions in clones of `root` in `scratch`, each made at its first use."""

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
        """Return the clone that a condition runs in, or None if its setup failed."""
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
        """Run the make commands; return the first that failed, or None."""
        if setting.owner:
            owner = f"{setting.owner.pw_uid}:{setting.owner.pw_gid}"
            subprocess.run(["chown", "--recursive", owner, checkout], check=True)
        failed = (made for made in condition.proof if not self._make(made, checkout, setting, log))
        try:
            return next(failed, None)
        finally:
            if condition.checkout:
                shutil.rmtree(checkout)

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
    """Return a name as a file name."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")


def counted(said: str) -> str:
    """Return the number of tests per outcome, added up over all pytest runs in a log."""
    counts: Counter[str] = Counter()
    for line in COUNTS.findall(said):
        for part in line.split(", "):
            number, _, word = part.partition(" ")
            counts[word] += int(number)
    return ", ".join(f"{number} {word}" for word, number in counts.items())


def table(rows: Sequence[Row], logs: Path) -> str:
    """Return the table, and below it the tests that failed and those that were left out."""
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
