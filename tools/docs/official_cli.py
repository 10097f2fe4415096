"""Checks options against the help of the Neon CLI, which ignores options that it does not know."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.docs import requirements, sandboxes

CALLS = ".node-calls"
COMMAND = "neon"
OPTION = re.compile(r"(?m)^\s*(?:-\w, )?--([\w-]+)")


@cache
def help_of(*words: str) -> str:
    """Return the help of a command, or without `words` the help of all commands."""
    with sandboxes.home() as home:
        variables = requirements.environment(home, {"NO_COLOR": "1"})
        return requirements.run([COMMAND, *words, "--help"], home, variables).out


def unknown_options(home: Path) -> Iterator[str]:
    """Yield the options that the Neon CLI lacks, of those in the log of calls in a home."""
    calls = home / CALLS
    for line in calls.read_text("utf-8").splitlines() if calls.exists() else ():
        program, *given = json.loads(line)
        if program != COMMAND:
            continue
        words = [word for word in given[:3] if re.fullmatch(r"[a-z-]+", word) and word[0] != "-"]
        options = [word[2:].split("=")[0] for word in given if word.startswith("--")]
        # The third word is more often an argument than a command, so its help is read last.
        for asked in ((), words[:2], words):
            known = OPTION.findall(help_of(*asked))
            options = [one for one in options if one.removeprefix("no-") not in known]
            if not options:
                break
        yield from (f"--{option}" for option in options)
