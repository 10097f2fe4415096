"""The text that the command writes: for terminals, for shells, and in the words of its options."""

from __future__ import annotations

import ast
import os
import re
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from neon_restore._models.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

_TEXT = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""


def write(text: str, stream: TextIO | None, *, start: str = "", end: str = "\n") -> None:
    """Write a text with its control characters escaped.

    If nobody can read it, nothing is raised: the exit status stands for the work, which is done.
    """
    if stream is None:  # closed when Python started
        return
    encoding = stream.encoding or "utf-8"
    text = "\n".join(map(printable, text.split("\n")))
    text = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        print(f"{start}{text}", end=end, file=stream, flush=True)
    except (OSError, ValueError):
        # Python writes the rest of the buffer when it exits, and would fail again.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def command_line(command: str, name: str, **options: str | bool | None) -> str:
    """Return a command with options and an argument, to be pasted into a shell."""
    given = {f"--{option.replace('_', '-')}": value for option, value in options.items() if value}
    words = [option if value is True else f"{option}={value}" for option, value in given.items()]
    words += ["--", name] if name.startswith("-") else [name]
    return " ".join(["neon-restore", command, *map(_quote, words)])


def _quote(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    escaped = printable(word.replace("\\", r"\\").replace("'", r"\'"))
    return "$'" + escaped.replace(r"\x", r"\u00") + "'"


def _option(found: re.Match[str]) -> str:
    name = found[0].partition("=")[0].replace("_", "-")
    return {"source": "--from", "expires-at": "--expires-in"}.get(name, f"--{name}")


def _resume(found: re.Match[str]) -> str:
    name, backup = (ast.literal_eval(found[group] or "None") for group in ("name", "backup"))
    return command_line("resume", name, backup_name=backup, protect=bool(found["protect"]))


_RULES: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r",? or (?:pass )?(?:api_key|project_id|api_host)=,?", ""),
    (r"\bat= or lsn=", "a point"),
    (r"\bseconds, or a timedelta", "a duration such as 10m"),
    (r"\btimedelta\((?P<unit>\w)\w*=(?P<number>\d+)\)", r"\g<number>\g<unit>"),
    (r"\btimedelta\b", "duration"),
    (r"\b(?:expires_at|backup_name|discard_previous_state)\b(?:=(?:\.\.\.)?)?", _option),
    (r"\b(?:unprotect|allow_\w+|source|database|name|branch)=(?:True|\.\.\.)?", _option),
    (r"\bCall (?=resume\b)", "Run "),
    (
        rf"\bresume\((?P<name>{_TEXT})(?:, backup_name=(?P<backup>{_TEXT}))?"
        r"(?P<protect>, protect=True)?\)",
        _resume,
    ),
    (r", with wait\(error\.pending\)", ""),
    (r"\bwas last reset\b", r"\g<0>, with neon-restore branch list,"),
    (r"\bsnapshots\(\)", "neon-restore snapshot list"),
    (r"\bpreview_snapshot\b", "neon-restore snapshot preview"),
    (r"\bplan\.(?:schema_changes\[.*?\]|rows)", "neon-restore plan --json"),
]
"""What the client says of its methods and arguments, and what the command says instead."""
_RULE = re.compile("|".join(f"(?P<rule{i}>{pattern})" for i, (pattern, _) in enumerate(_RULES)))


def in_command_words(text: str) -> str:
    """Return a text of the client with options in place of methods and arguments."""
    return _RULE.sub(_replace, text)


def _replace(found: re.Match[str]) -> str:
    words = _RULES[int(str(found.lastgroup).removeprefix("rule"))][1]
    return found.expand(words) if isinstance(words, str) else words(found)
