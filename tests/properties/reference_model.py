"""A reference model of a project after Neon's documentation: commits, branches, parents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

Point = datetime | int | None
"""A timestamp, an LSN as a number, or `None` for the head of a branch."""

LARGEST_WINDOW = timedelta(days=7)
LONGEST_NAME = 256


class Verdict(Enum):
    """The result of a request, and whether a caller can predict it."""

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
    """A branch, with its commits and its properties."""

    commits: list[Commit]
    parent: str | None
    created: datetime
    history_since: datetime
    compute: bool = False
    protected: bool = False
    # A root branch that can be deleted: schema-only, or a backup of a restore from own history.
    spare: bool = False
    reset: datetime | None = None


@dataclass
class ReferenceModel:
    """The branches of a project by name, and its history window."""

    founded: datetime
    history_floor: datetime
    window: timedelta
    branches: dict[str, Branch]
    default: str = "production"

    def children(self, name: str) -> set[str]:
        """Return the branches that have this parent."""
        return {other for other, branch in self.branches.items() if branch.parent == name}

    def window_start(self, name: str, now: datetime) -> datetime:
        """Return the start of the history window, as far as a caller can tell.

        A child's history starts with the child or its last restore, that of a backup before it.
        """
        branch, since = self.branches[name], self.founded
        if branch.parent:
            since = branch.reset or (since if "_old_" in name else branch.created)
        return max(now - self.window, since)

    def held(self, name: str, point: Point) -> list[Commit]:
        """Return the commits of a branch up to and including a point."""
        commits = self.branches[name].commits
        if isinstance(point, datetime):
            return [commit for commit in commits if commit.time <= point]
        return [commit for commit in commits if point is None or commit.lsn <= point]

    def reach(self, name: str, point: Point, now: datetime) -> Verdict:
        """Return the verdict on reading a branch at a point."""
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
        name: str,
        source: str,
        point: Point,
        backup: str | None,
        now: datetime,
        unprotect: bool,
    ) -> Verdict:
        """Return the verdict on a restore, which unprotects the branch if `unprotect` is set."""
        own = name == source
        roots = self.branches[name].parent is None and self.branches[source].parent is None
        if (
            (self.branches[name].protected and not unprotect)
            or (own and point is None)
            or (point is not None and not roots)
            or (backup is None and (own or self.children(name)))
            or (backup is not None and (backup in self.branches or len(backup) > LONGEST_NAME))
        ):
            return Verdict.REFUSED
        return self.reach(source, point, now)

    def restore(
        self, name: str, source: str, point: Point, backup: str | None, now: datetime
    ) -> None:
        """Overwrite a branch; move its previous state and its children to the backup branch."""
        branch, commits = self.branches[name], self.held(source, point)
        root, since = branch.parent is None, self.branches[source].history_since
        children = self.children(name)
        if backup is not None:
            spare = root and name == source
            self.branches[backup] = Branch(
                branch.commits, branch.parent, now, branch.history_since, spare=spare
            )
            for child in children:
                self.branches[child].parent = backup
        branch.commits, branch.history_since = commits, since if root else now
        branch.reset = now
        if not root:
            branch.parent = source

    def may_go(self, name: str) -> bool:
        """Return whether a branch can be deleted."""
        branch = self.branches[name]
        stays = branch.protected or name == self.default or self.children(name)
        return not stays and (branch.parent is not None or branch.spare)

    def set_window(self, length: timedelta, now: datetime) -> None:
        """Set the history window; history that was discarded does not come back."""
        self.history_floor = max(self.history_floor, now - self.window)
        self.window = length
