"""Generates the completion scripts of the command, from its parser."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from neon_restore.cli.options import build_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

_BASH = """\
_neon_restore() {{
    local path= word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$path $word" in
            {paths}) path="$path $word" ;;
        esac
    done
    case "$path" in
{cases}
    esac
}}
complete -o default -F _neon_restore neon-restore
"""
_ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


def script(shell: str) -> str:
    """Return the completion script of a shell, to be read with `source`."""
    words = dict(_words("", build_parser()))
    paths = "|".join(f'"{path}"' for path in words if path)
    cases = "\n".join(
        f'        "{path}") COMPREPLY=($(compgen -W "{" ".join(offered)}" '
        f'-- "${{COMP_WORDS[COMP_CWORD]}}")) ;;'
        for path, offered in words.items()
    )
    return (_ZSH if shell == "zsh" else "") + _BASH.format(paths=paths, cases=cases)


def _words(path: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, list[str]]]:
    """Yield each subcommand with the words that can follow it."""
    actions = parser._actions
    below = [one for one in actions if isinstance(one, argparse._SubParsersAction)]
    choices = [word for one in actions for word in one.choices or ()]
    yield path, [*choices, *(o for one in actions for o in one.option_strings if o[:2] == "--")]
    for group in below:
        for name, command in group.choices.items():
            yield from _words(f"{path} {name}", command)
