"""Counts the incident's rows from its statements, without running them; other forms raise."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from neon_sandbox.storage.memory import Commit

_FORM = re.compile(
    r"(?P<verb>CREATE TABLE|ALTER TABLE|INSERT INTO|DELETE FROM) (?P<table>\w+)(?P<rest>.*)",
    re.DOTALL,
)
_SERIES = re.compile(r"generate_series\((\d+), (\d+)\)")


@dataclass(frozen=True, slots=True)
class Change:
    """The effect of a statement on a table; `rows` is the number that an `INSERT` adds."""

    verb: str
    table: str
    rows: int = 0

    @property
    def deletes(self) -> bool:
        """Whether it deletes rows."""
        return self.verb == "DELETE"

    @property
    def words(self) -> tuple[str, str]:
        """The change in two words, such as ``+50 orders`` or ``DELETE orders``."""
        return (f"+{self.rows}" if self.rows else self.verb, self.table)


def parse_change(commit: Commit) -> Change | None:
    """Return what a commit changed, or None for one that the creation of a project made."""
    if commit.sql.startswith("-- "):
        return None
    form = _FORM.fullmatch(commit.sql)
    series = _SERIES.search(commit.sql)
    if form and form["verb"] == "INSERT INTO" and series:
        return Change("INSERT", form["table"], int(series[2]) - int(series[1]) + 1)
    if form and (
        form["verb"].endswith("TABLE") or (form["verb"] == "DELETE FROM" and not form["rest"])
    ):
        return Change(form["verb"].split()[0], form["table"])
    raise ValueError(f"how many rows does this leave? {commit.sql}")


def rows_after(commits: Iterable[Commit], database: str) -> dict[str, int]:
    """Return the number of rows in each table of a database after the commits."""
    tables: dict[str, int] = {}
    for commit in commits:
        done = parse_change(commit) if commit.database == database else None
        if done:
            tables[done.table] = 0 if done.deletes else tables.get(done.table, 0) + done.rows
    return tables
