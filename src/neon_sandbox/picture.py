"""Pictures of branches and their timelines, drawn from the model's own state.

One row is one branch, time goes to the right, and a mark on a row is a commit. The instants are
set at equal distances: their order is true, their spacing is not. The description that the
picture carries for those who do not see it is made from the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from neon_sandbox.model.entities import Branch
    from neon_sandbox.points import Position
    from neon_sandbox.scenario import Sandbox
    from neon_sandbox.storage.memory import Commit

WIDTH, LEFT, RIGHT = 460, 18, 34
TOP, ROW, FOOT = 16, 58, 62
CHANGES = ("INSERT", "UPDATE", "DELETE", "ALTER", "CREATE", "DROP")


class KeepsCommits(Protocol):
    """Storage that remembers what was committed, as the one in memory does."""

    def commits(self, branch_id: str) -> tuple[Commit, ...]:
        """Return everything that was committed on a branch, oldest first."""
        ...


@dataclass(frozen=True)
class Row:
    """A branch as it is drawn: its own commits, and where its timeline leaves another's."""

    branch: Branch
    own: tuple[Commit, ...]
    origin: Branch | None
    fork: Position | None
    since: datetime

    @property
    def traits(self) -> str:
        """What kind of branch it is, in words."""
        kind = "root" if self.branch.is_root else "child"
        return f"backup, {kind}" if self.is_backup else kind

    @property
    def is_backup(self) -> bool:
        """Whether its name says that it keeps the state from before a restore."""
        return "_old_" in self.branch.name

    @property
    def until(self) -> datetime | None:
        """When its timeline stopped: a backup's at the restore that it was kept from."""
        return self.branch.created_at if self.is_backup else None


def draw(
    sandbox: Sandbox, storage: KeepsCommits, *, since: datetime, point: datetime | None = None
) -> str:
    """Return an SVG of all branches, with the commits from ``since`` on.

    ``point`` marks an instant that a restore was asked for. Colours come from the page: the SVG
    names classes and falls back to the colour of the text around it.
    """
    rows = list(_rows(sandbox, storage))
    now = sandbox.clock.now()
    instants = _instants(rows, since, now)
    scale = _Scale(instants, point)
    height = TOP + ROW * len(rows) + FOOT
    told = _tell(rows, since, point)
    parts = [
        f'<svg class="timeline" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(told)}" xmlns="http://www.w3.org/2000/svg">',
        *_axis(rows, scale, height, now),
    ]
    places = {row.branch.id: TOP + ROW * index + 34 for index, row in enumerate(rows)}
    for row in rows:
        parts += _row(row, places, scale, since, now)
    if point:
        parts += _point(rows[0], scale, point, height)
    return "\n".join([*parts, "</svg>", ""])


def _rows(sandbox: Sandbox, storage: KeepsCommits) -> Iterator[Row]:
    """Make the rows: the first timeline, then whatever was taken from it, in that order."""
    branches = sorted(
        sandbox.model.branches.values(),
        key=lambda b: (b.taken_from is not None, not b.is_root, b.last_reset_at or b.created_at),
    )
    drawn: list[Branch] = []
    for branch in branches:
        commits = storage.commits(branch.id)
        fork = branch.taken_from
        origin = next(
            (b for b in drawn if fork and any(c.position == fork for c in storage.commits(b.id))),
            None,
        )
        own = commits if fork is None else tuple(c for c in commits if c.lsn > fork.lsn)
        yield Row(branch, own, origin, fork, branch.last_reset_at or branch.created_at)
        drawn.append(branch)


def _shown(row: Row, since: datetime) -> list[Commit]:
    return [c for c in row.own if c.time >= since and c.sql.upper().startswith(CHANGES)]


def _instants(rows: Sequence[Row], since: datetime, now: datetime) -> list[datetime]:
    found = {now}
    for row in rows:
        found.update(commit.time for commit in _shown(row, since))
        found.update(i for i in (row.until,) if i)
        if row.fork and row.since >= since:
            found.add(row.since)
    return sorted(_whole(instant) for instant in found)


class _Scale:
    """Where an instant stands from left to right."""

    def __init__(self, instants: list[datetime], point: datetime | None) -> None:
        self.instants = instants
        self._all = sorted({*instants, *([point] if point else [])})

    def __call__(self, instant: datetime) -> float:
        known = self._all
        step = (WIDTH - LEFT - RIGHT - 40) / max(1, len(known) - 1)
        instant = _whole(instant)
        if instant < known[0]:
            return LEFT + 12
        return LEFT + 40 + step * max(i for i, k in enumerate(known) if k <= instant)


def _axis(rows: Sequence[Row], scale: _Scale, height: int, now: datetime) -> Iterator[str]:
    said: dict[datetime, tuple[str, str]] = {}
    for row in rows:
        for commit in row.own:
            said.setdefault(_whole(commit.time), _verb(commit))
        if row.until:
            said[_whole(row.until)] = ("restored", "")
        elif row.fork and not row.branch.last_reset_at:
            said.setdefault(_whole(row.since), ("created", ""))
    base = height - FOOT + 18
    for instant in scale.instants:
        x = scale(instant)
        first, second = said.get(instant, ("now", "") if instant == _whole(now) else ("", ""))
        yield f'<line class="tick" x1="{x:g}" y1="{TOP}" x2="{x:g}" y2="{base - 14}"/>'
        yield _text(x, base, f"{instant:%H:%M:%S}", "time", "middle")
        yield _text(x, base + 17, first, "what", "middle")
        if second:
            yield _text(x, base + 33, second, "what", "middle")


def _point(first: Row, scale: _Scale, point: datetime, height: int) -> Iterator[str]:
    """Mark the point, and lead from it to the commit that it means."""
    x = scale(point)
    meant = [commit for commit in first.own if commit.time <= point]
    if meant:
        end, y = scale(meant[-1].time) + 12, TOP + 34
        yield f'<path class="meant" d="M{x:g} {y} H{end:g} m7 -5l-7 5l7 5"/>'
    yield f'<line class="point" x1="{x:g}" y1="{TOP - 4}" x2="{x:g}" y2="{height - FOOT + 4}"/>'
    yield _text(x, height - FOOT + 18, f"{point:%H:%M:%S}", "asked", "middle")
    yield _text(x, height - FOOT + 35, "asked for", "asked", "middle")


def _row(
    row: Row, places: dict[str, int], scale: _Scale, since: datetime, now: datetime
) -> Iterator[str]:
    y = places[row.branch.id]
    start = scale(row.fork.time) if row.fork else LEFT
    state = "backup" if row.is_backup else "branch"
    yield f'<g class="{state}">'
    if row.fork and row.origin:
        above = places[row.origin.id]
        yield f'<path class="fork" d="M{start:g} {above} V{y - 10} q0 10 10 10"/>'
        yield f'<circle class="origin" cx="{start:g}" cy="{above}" r="7"/>'
        start += 10
    end = scale(row.until) if row.until else scale(now) + 16
    yield f'<line class="line" x1="{start:g}" y1="{y}" x2="{max(end, start + 8):g}" y2="{y}"/>'
    for commit in _shown(row, since):
        x = scale(commit.time)
        if commit.sql.upper().startswith(("DELETE", "DROP")):
            yield f'<path class="loss" d="M{x - 5:g} {y - 5}l10 10m0 -10l-10 10"/>'
        else:
            yield f'<circle class="commit {commit.database}" cx="{x:g}" cy="{y}" r="5"/>'
    wide = 7.4 * len(row.branch.name) + 6.2 * len(row.traits) + 24
    x = max(4.0, min(start + 6, WIDTH - wide))
    yield (
        f'<text x="{x:g}" y="{y - 13}"><tspan class="name">{escape(row.branch.name)}</tspan>'
        f'<tspan class="what" dx="8">{row.traits}</tspan></text>'
    )
    yield "</g>"


def _verb(commit: Commit) -> tuple[str, str]:
    words = commit.sql.split()
    table = words[2] if words[0].upper() in ("INSERT", "DELETE", "ALTER", "CREATE", "DROP") else ""
    return words[0].upper(), table


def _tell(rows: Sequence[Row], since: datetime, point: datetime | None) -> str:
    sentences = []
    for row in rows:
        text = f"{row.branch.name} ({row.traits})"
        if row.fork and row.origin:
            text += f" continues from the commit of {row.fork.time:%H:%M:%S} on {row.origin.name}"
        commits = [f"{c.time:%H:%M:%S} {' '.join(_verb(c)).strip()}" for c in _shown(row, since)]
        if commits:
            text += f"; its commits: {', '.join(commits)}"
        sentences.append(text + ".")
    if point:
        means = [c for c in rows[0].own if c.time <= point]
        text = f"The point that was asked for is {point:%H:%M:%S}"
        sentences.append(f"{text}; it means the commit of {means[-1].time:%H:%M:%S}.")
    return " ".join(sentences)


def _whole(instant: datetime) -> datetime:
    return instant - timedelta(microseconds=instant.microsecond)


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
