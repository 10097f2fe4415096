"""Tests that the commands offered for a choice request that choice, in every language."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import product

import pytest

from neon_sandbox.points import write_instant
from tests.docs.timeline_data import NAMES, STOPS, Data, commands, filled, read

Asked = tuple[str, str, str | None]


def accepted(data: Data) -> Iterator[tuple[str, str, datetime | None]]:
    """Yield the choices that are not refused."""
    for branch, source in product(NAMES, NAMES):
        for stop, answer in zip(STOPS, data.answers[f"{branch}/{source}"], strict=True):
            if not answer.refused:
                yield branch, source, stop


def asked_by_cli(text: str) -> Asked:
    """Return the branch, source and point in time that a CLI command requests."""
    command = r'neon branches restore (\w+) "?([\w^]+)(@\$POINT)?"? '
    ((branch, source, has_point),) = re.findall(command, text)
    return branch, branch if source == "^self" else source, _point(text) if has_point else None


def asked_by_curl(text: str) -> Asked:
    """Return the branch, source and point in time that a curl command requests."""
    names = dict(re.findall(r'(\w+)=\$\(call .*select\(\.name == "(\w+)"\)', text))
    (target,) = re.findall(r"call \"\$project/branches/\$(\w+)/restore\" --data", text)
    (source,) = re.findall(r'\\"source_branch_id\\": \\"\$(\w+)\\"', text)
    has_point = '\\"source_timestamp\\": \\"$POINT\\"' in text
    return names[target], names[source], _point(text) if has_point else None


def _point(text: str) -> str:
    (point,) = re.findall(r"(?m)^POINT=(\S+)$", text)
    return str(point)


def test_some_choices_are_accepted_and_some_refused() -> None:
    data = read()
    taken = list(accepted(data))
    assert ("production", "production", None) not in taken
    assert {(b, s) for b, s, stop in taken if stop is None} == {NAMES, NAMES[::-1]}
    assert {(b, s) for b, s, stop in taken if stop} == {("production", "production")}
    answers = (answer for offered in data.answers.values() for answer in offered)
    refused = {answer.refused[0] for answer in answers if answer.refused}
    for reason in ("before the history window", "in the future", "child branch", "needs a point"):
        assert any(reason in message for message in refused), reason


@pytest.mark.parametrize(("place", "asked_by"), [(1, asked_by_cli), (2, asked_by_curl)])
def test_shell_commands_ask_for_the_choice(place: int, asked_by: Callable[[str], Asked]) -> None:
    """They request the same restore as the Python command, which `timeline_data` has run."""
    for branch, source, stop in accepted(read()):
        text = filled(commands(branch, source)[place].text, stop)
        assert asked_by(text) == (branch, source, stop and write_instant(stop))
        assert text.count(f'"{branch}_old_$(date') == 1


def test_a_command_is_offered_for_what_is_not_refused() -> None:
    """If every point in time is refused, the page's script has no command to offer."""
    data = read()
    assert data.commands.keys() == {f"{b}/{s}" for b, s, _ in accepted(data)}
