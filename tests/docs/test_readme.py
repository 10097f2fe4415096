"""The README shows the first page, and what it links to is there."""

import re

from tools import screenshots
from tools.docs.tree import ROOT

README = (ROOT / "README.md").read_text("utf-8")
LINK = re.compile(r"\]\((?P<target>[^)#]+)")
IMAGE = re.compile(r"!\[(?P<alt>[^\]]+)\]\((?P<target>[^)]+)\)")
HEAVIEST = 150_000


def test_what_it_links_to_is_there() -> None:
    """Each link to the repository leads to a file."""
    targets = [target for target in LINK.findall(README) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_it_shows_the_first_page() -> None:
    """The picture is the one that `make picture` takes, is light, and says what it shows."""
    ((words, target),) = IMAGE.findall(README)
    assert target == screenshots.README.as_posix()
    assert len(words.split()) > 5
    content = (ROOT / screenshots.README).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < HEAVIEST
