"""Tests that the error page lists every message that can occur, and no other."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from neon_restore import NeonRestoreError, _errors
from neon_restore._http.retry import _BY_CLASS, _BY_STATUS, RETRYABLE_STATUSES
from neon_sandbox import errors
from neon_sandbox.model import rules
from tests.docs.harness import nothing_in
from tests.docs.messages import HOLE, PAGE, Entry, Message, Reader, entries, messages, sections
from tools.docs.evidence import Evidence
from tools.docs.tree import ROOT, DocsTree

CLIENT = Path("src/neon_restore")
SANDBOX = Path("src/neon_sandbox")
# Each message of Neon's that a rule quotes, with the statuses that the rule names.
NEONS = {
    words.split(";")[0]: re.findall(r"\b[45]\d\d\b", rule.rule)
    for rule in Evidence.read().rules.values()
    if rule.grade != "assumed"
    for words in re.findall(r"`([^`]+)`", rule.rule)
    if " " in words
}


def unlike(said: list[Message], shown: list[Entry]) -> list[str]:
    """Return the missing, obsolete and duplicate messages as problems, each with file and line."""
    raised = {(message.text, message.error) for message in said}
    explained: set[tuple[str, str | None]] = set()
    problems = []
    for text, error, line in shown:
        if (text, error) in explained:
            problems.append(f"{PAGE}:{line}: “{text}” is explained before. Say it once.")
        if not {(text, error), (text, None)} & raised:
            remedy = "Take it off the page, or put it under its error."
            problems.append(f"{PAGE}:{line}: nothing raises “{text}” as {error}. {remedy}")
        # A message of several errors is on the page under one of them.
        explained |= {(text, error), (text, None)}
    return problems + [
        f"{message.path}:{message.line}: the page lacks “{message.text}”. "
        f"Explain it in {PAGE}, under {message.error or 'the error that fits'}."
        for message in said
        if (message.text, message.error) not in explained
    ]


def test_the_page_has_what_the_client_says(tree: DocsTree) -> None:
    nothing_in(unlike(list(messages(ROOT, CLIENT)), list(entries(tree.text(PAGE)))))


def test_every_error_has_its_section(tree: DocsTree) -> None:
    anchors = {section.error: section.anchor for section in sections(tree.text(PAGE))}
    expected = {
        name: re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
        for name, value in inspect.getmembers(_errors, inspect.isclass)
        if NeonRestoreError in value.__mro__[1:]
    }
    lacking = sorted(expected.items() - anchors.items())
    assert not lacking, f"{PAGE}:1: no section for {lacking}"


def test_what_neon_was_seen_to_say_is_on_the_page(tree: DocsTree) -> None:
    """Each error message seen on Neon is a section title, and no other message is quoted."""
    titled = (section for section in sections(tree.text(PAGE)) if "`" in section.title)
    quoted = {section.title.replace("`", ""): section.line for section in titled}
    answered = {
        f"{status}: {words}" if str(status) in NEONS[words] else words: f"{path}:{line}"
        for status, text, path, line in _refusals()
        if (words := _words(text)) in NEONS
    }
    assert len(answered) >= 10
    # Postgres itself rejects a write at a past point in time, in the snippet as on Neon.
    postgres = tree.text(Path("snippets/branch-restore/time_travel_write.sh.out"))
    others = {
        postgres.strip().removeprefix("ERROR:  "),
        rules.NOT_FINALIZED,
        f"404: {rules.not_found('branch').message}",
        # The sandbox answers 423 instead, since no branch is unready without operations.
        "422: branch not ready yet",
    }
    problems = [
        f"{PAGE}:{line}: the sandbox does not answer “{title}”. Correct one of the two."
        for title, line in quoted.items()
        if title not in {*answered, *others}
    ]
    problems += [
        f"{place}: the page lacks “{title}”. Write a section for it in {PAGE}."
        for title, place in answered.items()
        if title not in quoted
    ]
    nothing_in(problems)


def test_no_assumed_wording_is_shown_as_neons(tree: DocsTree) -> None:
    """The page has no message that the sandbox only assumes."""
    text = tree.text(PAGE)
    # Of a branch, “not found” was seen.
    seen = {HOLE, f"{HOLE} not found"}
    assumed = {m for _, m, _, _ in _refusals() if _words(m) not in NEONS} - seen
    assert len(assumed) > 10
    for message in assumed:
        words = max(message.split(HOLE), key=len).strip()
        assert words not in text, words


def test_the_table_says_what_becomes_of_a_status(tree: DocsTree) -> None:
    rows = re.findall(r"^ +\| ([\d, ]+) \| \[`(\w+)`\].*? \| (.+) \|$", tree.text(PAGE), re.M)
    told = {int(s): (name, again) for many, name, again in rows for s in many.split(", ")}
    assert {*_BY_STATUS, *RETRYABLE_STATUSES} <= told.keys()
    for status, (name, again) in told.items():
        kind, _ = _BY_STATUS.get(status) or _BY_CLASS[status // 100]
        assert kind.__name__ == name
        assert (again == "until the deadline") == (status in RETRYABLE_STATUSES)


def test_a_message_is_read_out_of_the_code(tmp_path: Path) -> None:
    """The reader resolves f-strings, conditional expressions, helper arguments and variables."""
    (tmp_path / "module.py").write_text(
        "def flow(name, when):\n"
        "    label = 'here' if when else f'at {when:g} s'\n"
        "    raise Refused(f'{name!r} is not {label}.', advice='Wait.')\n"
        "def other(fault):\n"
        "    raise _lost('no answer came') from fault\n"
        "def _lost(why):\n"
        "    return Lost(f'It was sent, and {why}.', advice='Look.')\n"
    )
    found = [(said.text, said.error, said.line) for said in messages(tmp_path, Path())]
    assert found == [
        ("{} is not at {} s.", "Refused", 3),
        ("{} is not here.", "Refused", 3),
        ("It was sent, and no answer came.", "Lost", 7),
    ]


@pytest.mark.parametrize(("error", "text"), [("Refused", "{} is old."), ("NoAnswer", "{} is new.")])
def test_a_message_that_is_missing_or_gone_is_named(error: str, text: str) -> None:
    """Each problem has the file and the line; a message under the wrong error is both."""
    said = [Message("{} is new.", "Refused", Path("src/a.py"), 7)]
    term = text.format("*branch*")
    page = f"### {error} {{ #anchor }}\n\n{term}\n:   Explained.\n"
    gone, missing = unlike(said, list(entries(page)))
    assert missing.startswith("src/a.py:7: the page lacks “{} is new.”")
    assert gone.startswith(f"{PAGE}:3: nothing raises “{text}” as {error}")


def _words(message: str) -> str:
    """Return a message without what Neon adds to it, such as ids, numbers and advice."""
    return message.split(HOLE)[0].split(";")[0].split(". To ")[0].strip(" :")


def _refusals() -> Iterator[tuple[object, str, Path, int]]:
    """Yield the `ApiError`s of the model and the API; `{}` marks variable parts."""
    for folder in ("model", "api"):
        for path in sorted((ROOT / SANDBOX / folder).rglob("*.py")):
            reader = Reader(ast.parse(path.read_text("utf-8")))
            for call, function in reader.calls:
                if (
                    isinstance(call.func, ast.Name)
                    and call.func.id == errors.ApiError.__name__
                    and isinstance(call.args[0], ast.Constant)
                ):
                    for text in reader.texts(call.args[1], function):
                        yield call.args[0].value, text, path.relative_to(ROOT), call.lineno
