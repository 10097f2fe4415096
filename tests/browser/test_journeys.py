"""Replays the journeys in journeys.md, step by step, in a browser and a shell."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.clipboard import BLOCKS, TREE, copied, copy_button
from tools.docs import requirements
from tools.docs.tree import ROOT

JOURNEY = re.compile(r"^## (.+)\n((?:(?!## ).*\n)*)", re.MULTILINE)
TEXTS = dict(JOURNEY.findall(Path(__file__).with_name("journeys.md").read_text("utf-8")))
STEP = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
# What a clone does not have, but for the packages of Node, which are linked.
NOT_CLONED = (".*", "__pycache__", "dist", "node_modules", "site")
PROGRAMS = {".py": "python", ".sh": "bash"}
# Separates the outputs of two commands; no command prints it.
END = "\x04ended"


class Shell:
    """A shell in a fresh sandbox, open beside the guide."""

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self._home = home
        self._process = subprocess.Popen(
            ["neon-sandbox", "run", "--port", "0", "--quiet", "--", "bash"],  # noqa: S607
            cwd=home, env=requirements.environment(home, {}), encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, text: str, program: str = "bash") -> tuple[int, str]:
        """Paste a text into a program; return its exit status and output."""
        assert self._process.stdin
        assert self._process.stdout
        pasted = self._home / "pasted"
        pasted.write_text(text, "utf-8")
        print(f"{program} pasted </dev/null 2>&1; printf '{END} %s\\n' $?",
              file=self._process.stdin, flush=True)  # fmt: skip
        printed = ""
        for line in self._process.stdout:
            before, end, status = line.partition(END)
            printed += before
            if end:
                return int(status), printed
        raise AssertionError(f"the shell has ended: {printed}")

    def close(self) -> None:
        """Close the shell, which ends the sandbox."""
        self._process.communicate(timeout=requirements.PATIENCE)


class Clone:
    """A copy of this repository, for a maintainer to work in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_CLONED))
        packages = folder / "node_modules"
        packages.mkdir()
        for path in (ROOT / "node_modules").iterdir():
            if path.name != "@neondatabase":
                (packages / path.name).symlink_to(path)
        shutil.copytree(ROOT / "node_modules/@neondatabase", packages / "@neondatabase")

    def run(self, text: str) -> tuple[int, str]:
        """Run a command in the clone; return its exit status and output."""
        given = {"PYTHONPATH": str(self.folder / "src")}
        command = ["bash", "-c", f"{text} 2>&1"]
        ended = requirements.run(command, self.folder, requirements.environment(self.folder, given))
        return ended.status, ended.out


class Reader:
    """A reader who carries out the steps of a journey."""

    def __init__(self, page: Page, folder: Path, *, maintains: bool) -> None:
        self.page = page
        self.printed = ""
        self.place: Shell | Clone = Clone(folder) if maintains else Shell(folder)

    def open(self, address: str) -> None:
        """Open a page."""
        self.page.goto(address)
        self.page.locator("article h1").wait_for()

    def search(self, words: str, title: str) -> None:
        """Type a query and choose a result."""
        self.page.locator("[data-md-component=search-query]").focus()
        self.page.get_by_text("Type to start searching").wait_for()
        self.page.locator("[data-md-component=search-query]").press_sequentially(words)
        self.page.locator(".md-search-result__link", has_text=title).first.click()
        self.page.locator("article h1", has_text=title).wait_for()

    def follow(self, text: str) -> None:
        """Click a link in the text of the page."""
        self.page.locator("article").get_by_role("link", name=text, exact=True).first.click()
        self.page.wait_for_load_state()

    def back(self) -> None:
        """Return to the previous page."""
        self.page.go_back()

    def choose(self, label: str, heading: str) -> None:
        """Click the first tab with this label in a section."""
        labels = self.page.locator("article .tabbed-labels > label", has_text=label)
        self._first(labels, heading).click()

    def copy_and_run(self, heading: str) -> None:
        """Copy the first visible block of a section and paste it into the shell."""
        assert isinstance(self.place, Shell)
        block = self._first(self.page.locator(BLOCKS), heading, copy_button)
        text = copied(self.page, block) + "\n"
        files = (Path("snippets", shown.snippet) for shown in TREE.blocks)
        file = next(file for file in files if TREE.text(file) == text)
        status, self.printed = self.place.run(text, PROGRAMS[file.suffix])
        assert status == 0, self.printed

    def run(self, command: str) -> None:
        """Run a command that succeeds."""
        status, self.printed = self.place.run(command)
        assert status == 0, self.printed

    def fail(self, command: str) -> None:
        """Run a command that fails."""
        status, self.printed = self.place.run(command)
        assert status != 0, self.printed

    def change(self, old: str, new: str, name: str) -> None:
        """Replace every occurrence of a text in a file of the clone."""
        assert isinstance(self.place, Clone)
        path = self.place.folder / name
        text = path.read_text("utf-8")
        assert old in text, f"{name} has no “{old}”"
        path.write_text(text.replace(old, new), "utf-8")

    def see(self, text: str) -> None:
        """Wait until the page shows a text."""
        found = self.page.locator("article").get_by_text(text).filter(visible=True)
        found.first.wait_for()

    def read(self, text: str) -> None:
        """Check that the last command printed a text."""
        assert text in self.printed, self.printed

    def _first(
        self, found: Locator, heading: str, with_button: Callable[[Locator], Locator] | None = None
    ) -> Locator:
        """Return the first visible match in the section of a heading."""
        headings = [text.rstrip("¶") for text in self.page.locator(HEADINGS).all_text_contents()]
        assert heading in headings, headings
        place = headings.index(heading)
        for each in found.all():
            inside = each.evaluate(PLACE, HEADINGS) == place and each.is_visible()
            if inside and (with_button is None or with_button(each).count()):
                return each
        raise AssertionError(f"there is nothing of the kind under “{heading}”")


HEADINGS = "article :is(h1, h2, h3)"
# The index of the last heading before an element.
PLACE = """(e, headings) => [...document.querySelectorAll(headings)]
  .findLastIndex(h => h.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)"""
WHAT = r"`([^`]+)`"
SENTENCES: dict[str, Callable[..., Any]] = {
    rf"Open {WHAT}": Reader.open,
    rf"Search for {WHAT} and choose {WHAT}": Reader.search,
    rf"Follow {WHAT}": Reader.follow,
    r"Go back": Reader.back,
    rf"Choose the tab {WHAT} under {WHAT}": Reader.choose,
    rf"Copy and run the block under {WHAT}": Reader.copy_and_run,
    rf"Run {WHAT}": Reader.run,
    rf"Run {WHAT}, which fails": Reader.fail,
    rf"Change {WHAT} to {WHAT} in {WHAT}": Reader.change,
    rf"See {WHAT}": Reader.see,
    rf"Read {WHAT}": Reader.read,
}
SENTENCE = re.compile(r"(?:`[^`]*`|[^`.])+\.(?: |$)")


def sentences(step: str) -> Iterator[tuple[Callable[..., Any], tuple[str, ...]]]:
    """Yield the action and the arguments of each sentence of a step."""
    said = SENTENCE.findall(step)
    assert "".join(said) == step, step
    for sentence in said:
        text = sentence.strip().removesuffix(".")
        matches = ((do, re.fullmatch(form, text)) for form, do in SENTENCES.items())
        known = [(do, match.groups()) for do, match in matches if match]
        assert known, f"no reader knows what this means: {sentence}"
        yield known[0]


@pytest.fixture
def reader(page: Page, tmp_path: Path, text: str) -> Iterator[Reader]:
    """Create a reader with a shell in the sandbox, or with a clone."""
    reader = Reader(page, tmp_path / "place", maintains="Change " in text)
    yield reader
    if isinstance(reader.place, Shell):
        reader.place.close()


@pytest.mark.needs("curl", "jq", "neon", "postgres", "psql")
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_each_step_of_a_journey_succeeds(reader: Reader, text: str) -> None:
    steps = STEP.findall(text)
    assert len(steps) > 4
    for step in steps:
        for do, words in sentences(step):
            do(reader, *words)


def test_an_unknown_step_is_rejected() -> None:
    """A sentence of none of the forms at the top of journeys.md raises an error."""
    with pytest.raises(AssertionError, match="no reader knows"):
        list(sentences("Open `./`. Think about `life`."))
