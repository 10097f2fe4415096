"""A project as Neon's documentation describes it: lists of commits, and who hangs on whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

Point = datetime | int | None
"""A time, an LSN as a number, or a branch's head."""

LARGEST_WINDOW = timedelta(days=7)
LONGEST_NAME = 256


class Verdict(Enum):
    """What becomes of a request, and who can know it beforehand."""

    DONE = "carried out"
    REFUSED = "against a rule that a caller can check"
    NEON_REFUSES = "against what only Neon knows: how far a branch's own history reaches"


@dataclass(frozen=True)
class Commit:
    """A transaction."""

    time: datetime
    lsn: int
    sql: str


@dataclass
class Branch:
    """A branch: what it holds, and what is known of it."""

    commits: list[Commit]
    parent: str | None
    created: datetime
    history_since: datetime
    compute: bool = False
    protected: bool = False
    # A root that may be deleted: schema-only, or a backup made by a restore from own history.
    spare: bool = False


@dataclass
class ReferenceModel:
    """The branches of a project by name, and its history."""

    founded: datetime
    window: timedelta
    branches: dict[str, Branch] = field(default_factory=dict)
    default: str = "production"
    history_floor: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.history_floor = self.founded

    def children(self, name: str) -> set[str]:
        """The branches whose parent this is."""
        return {other for other, branch in self.branches.items() if branch.parent == name}

    def window_start(self, name: str, now: datetime) -> datetime:
        """The oldest point that a caller can count on: history starts with project and child."""
        branch = self.branches[name]
        return max(now - self.window, branch.created if branch.parent else self.founded)

    def held(self, name: str, point: Point) -> list[Commit]:
        """What a branch held at a point: everything up to the last commit at or before it."""
        commits = self.branches[name].commits
        if isinstance(point, datetime):
            return [commit for commit in commits if commit.time <= point]
        return [commit for commit in commits if point is None or commit.lsn <= point]

    def reach(self, name: str, point: Point, now: datetime) -> Verdict:
        """Whether a point can be had."""
        if point is None:
            return Verdict.DONE
        branch = self.branches[name]
        oldest = max(now - self.window, self.history_floor, branch.history_since)
        if isinstance(point, datetime):
            if not self.window or not self.window_start(name, now) <= point <= now:
                return Verdict.REFUSED
            reachable = oldest <= point
        else:
            floor, head = self.held(name, oldest)[-1:], branch.commits[-1:]
            reachable = bool(self.window) and all(point >= commit.lsn for commit in floor)
            reachable = reachable and all(point <= commit.lsn for commit in head)
        return Verdict.DONE if reachable and self.held(name, point) else Verdict.NEON_REFUSES

    def judge(
        self,
        branch: str,
        source: str,
        point: Point,
        backup: str | None,
        now: datetime,
        *,
        unprotect: bool,
    ) -> Verdict:
        """Whether a restore is carried out, which may take the branch's protection off for it."""
        own = branch == source
        roots = self.branches[branch].parent is None and self.branches[source].parent is None
        if (
            (self.branches[branch].protected and not unprotect)
            or (own and point is None)
            or (point is not None and not roots)
            or (backup is None and (own or self.children(branch)))
            or (backup is not None and (backup in self.branches or len(backup) > LONGEST_NAME))
        ):
            return Verdict.REFUSED
        return self.reach(source, point, now)

    def restore(
        self, name: str, source: str, point: Point, backup: str | None, now: datetime
    ) -> None:
        """Overwrite a branch; its previous state and its children go to the backup."""
        branch, commits = self.branches[name], self.held(source, point)
        root, since = branch.parent is None, self.branches[source].history_since
        children = self.children(name)
        if backup is not None:
            self.branches[backup] = Branch(
                branch.commits,
                branch.parent,
                created=now,
                history_since=branch.history_since,
                spare=root and name == source,
            )
            for child in children:
                self.branches[child].parent = backup
        branch.commits, branch.history_since = commits, since if root else now
        if not root:
            branch.parent = backup or source

    def may_go(self, name: str) -> bool:
        """Whether a branch can be deleted."""
        branch = self.branches[name]
        stays = branch.protected or name == self.default or self.children(name)
        return not stays and (branch.parent is not None or branch.spare)

    def set_window(self, length: timedelta, now: datetime) -> None:
        """Keep history for so long from now on; what was let go does not come back."""
        self.history_floor = max(self.history_floor, now - self.window)
        self.window = length
