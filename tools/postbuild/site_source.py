"""The source of the site: its settings, its pages, and when each last changed."""

import os
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tools.docs.settings import read_settings
from tools.docs.tree import INCLUDE, ROOT

# A directive that inserts the docstring of an object, with its options.
DIRECTIVE = re.compile(r"^::: (?P<package>\w+)(?P<object>[\w.]*)\n?(?:[ ]+.*\n?)*", re.MULTILINE)
FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n+", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """A page, named by its path under docs/."""

    name: str
    front: dict[str, str]
    text: str

    @property
    def title(self) -> str:
        """The title of the page."""
        return self.front["title"]

    @property
    def description(self) -> str:
        """The description of the page."""
        return self.front["description"]

    @property
    def address(self) -> str:
        """The address of the page, relative to the site."""
        inner = Path(self.name).with_suffix("").as_posix()
        return "" if inner == "index" else f"{inner.removesuffix('/index')}/"

    @property
    def html(self) -> str:
        """The file of the page in the built site."""
        return f"{self.address}index.html"

    @property
    def up(self) -> str:
        """The relative path from the page to the root of the site."""
        return "../" * self.address.count("/")


@dataclass(frozen=True)
class Source:
    """A folder with mkdocs.yml, docs/ and snippets/."""

    root: Path
    settings: dict[str, Any]

    @classmethod
    def read(cls, root: Path = ROOT) -> "Source":
        """Read the settings of a folder."""
        return cls(root, read_settings((root / "mkdocs.yml").read_text("utf-8")))

    @property
    def site_url(self) -> str:
        """The address of the published site, with a slash at the end, or an empty string."""
        address = self.settings.get("site_url") or ""
        return f"{address.rstrip('/')}/" if address else ""

    @property
    def repo_url(self) -> str:
        """The address of the repository, without a slash at the end, or an empty string."""
        return (self.settings.get("repo_url") or "").rstrip("/")

    @cached_property
    def nav(self) -> list[tuple[str, list[Page]]]:
        """The sections and their pages, in navigation order; an empty name means no section."""
        found = []
        for entry in self.settings["nav"]:
            ((title, what),) = entry.items()
            names = [what] if isinstance(what, str) else [n for e in what for n in e.values()]
            section = "" if isinstance(what, str) else title
            found.append((section, [self._page(name) for name in names]))
        return found

    @property
    def sections(self) -> dict[str, list[Page]]:
        """The pages by section, those without a section first."""
        found: dict[str, list[Page]] = {"": []}
        for section, pages in self.nav:
            found.setdefault(section, []).extend(pages)
        return found

    @property
    def pages(self) -> list[Page]:
        """Every page, in navigation order."""
        return [page for _, pages in self.nav for page in pages]

    def _page(self, name: str) -> Page:
        text = (self.root / "docs" / name).read_text("utf-8")
        front = FRONT.match(text)
        if not front:
            raise ValueError(f"docs/{name}:1: begins without title and description")
        return Page(name, yaml.safe_load(front["front"]), text[front.end() :])

    @property
    def reference(self) -> str:
        """The path under docs/ of the page made from docstrings, or an empty string."""
        return next((page.name for page in self.pages if DIRECTIVE.search(page.text)), "")

    def included(self, name: str) -> Path:
        """Return the file that a page includes by this name."""
        snippet = self.root / "snippets" / name
        return snippet if snippet.exists() else self.root / "docs" / name

    def changed(self, page: Page) -> str:
        """Return when a page or its includes last changed, RFC 3339 in UTC, or an empty string."""
        files = [self.root / "docs" / page.name]
        files += [self.included(found["name"]) for found in INCLUDE.finditer(page.text)]
        packages = {self.root / "src" / found["package"] for found in DIRECTIVE.finditer(page.text)}
        files += [path for package in packages for path in package.rglob("*.py")]
        dates = [self._dates.get(path.relative_to(self.root).as_posix(), "") for path in files]
        return max(dates)

    @cached_property
    def _dates(self) -> dict[str, str]:
        """When each file last changed on this branch, in UTC; empty if there is no history."""
        told = subprocess.run(
            ["git", "log", "--first-parent", "-m", "--format=:%cd",
             "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--name-only", "--relative",
             "--", "docs", "snippets", "src"],
            cwd=self.root, env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True,
            check=False,
        ).stdout  # fmt: skip
        dates: dict[str, str] = {}
        date = ""
        for line in told.splitlines():
            if line.startswith(":"):
                date = line[1:]
            elif line:
                dates.setdefault(line, date)
        return dates
