"""What the official command line knows, by its own help: it passes over what it does not know."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.docs import machine, worlds

CALLS = ".node-calls"
COMMAND = "neon"
OPTION = re.compile(r"(?m)^\s*(?:-\w, )?--([\w-]+)")


@cache
def help_of(*words: str) -> str:
    """Return the help of a command, or of all commands without words."""
    with worlds.home() as home:
        variables = machine.environment(home, {"NO_COLOR": "1"})
        return machine.run([COMMAND, *words, "--help"], home, variables).out


def unknown_options(home: Path) -> Iterator[str]:
    """Yield the options that programs passed to the command line and that it does not have.

    ``home`` is the home that the programs ran with: what they called is written down there.
    """
    calls = home / CALLS
    for line in calls.read_text("utf-8").splitlines() if calls.exists() else ():
        program, *given = json.loads(line)
        if program != COMMAND:
            continue
        words = [word for word in given[:2] if re.fullmatch(r"[a-z-]+", word) and word[0] != "-"]
        known = {*OPTION.findall(help_of()), *OPTION.findall(help_of(*words))}
        for word in given:
            option = word.removeprefix("--").split("=")[0]
            if word.startswith("--") and option.removeprefix("no-") not in known:
                yield f"--{option}"
