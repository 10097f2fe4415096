"""Invariants of snapshots and branches under restores in any order."""

from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from tests.generated_input import same_examples
from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, Harness
from tests.sandbox.test_snapshots import listed

SNAPSHOTS, BRANCHES = Bundle("snapshots"), Bundle("branches")
POINTS = st.integers(0, 6 * 3600).map(
    lambda second: f"2026-11-20T{8 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
)
Branches = dict[str, dict[str, Any]]
"""The branches of a project, by id."""


class Project(RuleBasedStateMachine):
    """A state machine of operations on the snapshots and branches of a project."""

    def __init__(self) -> None:
        super().__init__()
        self.harness = Harness()
        self.held: dict[str, tuple[object, ...]] = {}
        self.settle()

    @initialize(target=BRANCHES)
    def begin(self) -> MultipleResults[str]:
        """Start with the two branches of the incident."""
        return multiple(PRODUCTION, DEVELOPMENT)

    def ask(
        self, method: str, path: str, body: object = None, **query: str
    ) -> tuple[Branches, Branches, httpx.Response]:
        """Send a change; return the branches before it and after all operations have ended."""
        before = self.branches
        response = self.harness.ask(method, path, body, **query)
        self.settle()
        return before, self.branches, response

    def settle(self) -> None:
        """Let all operations end, and read the branches, whose ids are unique."""
        self.harness.run_until_idle()
        branches = self.harness.branches()
        self.branches: Branches = {branch["id"]: branch for branch in branches}
        assert len(self.branches) == len(branches)

    @rule(target=SNAPSHOTS, branch=BRANCHES, point=st.none() | POINTS)
    def take(self, branch: str, point: str | None) -> MultipleResults[str]:
        """Take a snapshot; it holds the branch data at that point."""
        query = {"timestamp": point} if point else {}
        *_, response = self.ask("POST", f"/branches/{branch}/snapshot", **query)
        if response.is_error:
            return multiple()
        taken = response.json()["snapshot"]["id"]
        self.held[taken] = self.harness.storage.commits(taken)
        assert self.harness.storage.commits(branch)[: len(self.held[taken])] == self.held[taken]
        return multiple(taken)

    @rule(target=BRANCHES, snapshot=SNAPSHOTS, onto=st.none() | BRANCHES, finalize=st.booleans())
    def restore(self, snapshot: str, onto: str | None, finalize: bool) -> MultipleResults[str]:
        """Restore a snapshot; the new branch has its data and, if finalized, its target's name."""
        body: dict[str, Any] = {"finalize_restore": finalize}
        body |= {"target_branch_id": onto} if onto else {}
        before, after, response = self.ask("POST", f"/snapshots/{snapshot}/restore", body)
        if response.is_error:
            assert after == before
            return multiple()
        new = response.json()["branch"]["id"]
        assert after.keys() == {*before, new}
        assert self.harness.storage.commits(new) == self.held[snapshot]
        if finalize:
            old = after[new]["restored_as"]
            assert after[new]["name"] == before[old]["name"]
            assert after[old]["name"].startswith(f"{before[old]['name']} (old")
        return multiple(new)

    @rule(branch=BRANCHES)
    def finalize(self, branch: str) -> None:
        """Finalize a preview; only the preview and its target change."""
        before, after, response = self.ask("POST", f"/branches/{branch}/finalize_restore")
        if response.is_error:
            assert after == before
            return
        old = after[branch]["restored_as"]
        assert after[branch]["name"] == before[old]["name"] != after[old]["name"]
        assert after.keys() == before.keys()
        assert {key for key in after if after[key] != before[key]} <= {branch, old}

    @rule(branch=BRANCHES)
    def write(self, branch: str) -> None:
        """Commit to a branch; no snapshot changes."""
        if branch in self.branches:
            name = self.branches[branch]["name"]
            self.harness.advance(seconds=1)
            self.harness.sandbox.commit(name, "shop", "INSERT INTO customers VALUES (41, 'x')")
            self.settle()

    @rule(branch=BRANCHES, point=POINTS)
    def rewind(self, branch: str, point: str) -> None:
        """Restore a branch from its own history; no snapshot changes."""
        body = {
            "source_branch_id": branch,
            "source_timestamp": point,
            "preserve_under_name": f"backup-{len(self.branches)}-{self.harness.clock.monotonic()}",
        }
        self.ask("POST", f"/branches/{branch}/restore", body)

    @rule(branch=BRANCHES)
    def delete_branch(self, branch: str) -> None:
        """Delete a branch; its snapshots stay."""
        self.ask("DELETE", f"/branches/{branch}")

    @rule(snapshot=SNAPSHOTS)
    def delete_snapshot(self, snapshot: str) -> None:
        """Delete a snapshot; the branches restored from it stay."""
        before, after, _ = self.ask("DELETE", f"/snapshots/{snapshot}")
        self.held.pop(snapshot, None)
        assert after.keys() == before.keys()

    @invariant()
    def names_are_unique_and_one_branch_is_the_default(self) -> None:
        """Names are unique, however many branches are called production (old)."""
        branches = self.branches.values()
        assert len({branch["name"] for branch in branches}) == len(branches)
        assert sum(branch["default"] for branch in branches) == 1

    @invariant()
    def snapshots_hold_what_they_held(self) -> None:
        """No snapshot has changed, and none has appeared or disappeared unexpectedly."""
        assert {one["id"] for one in listed(self.harness)} == self.held.keys()
        for snapshot, held in self.held.items():
            assert self.harness.storage.commits(snapshot) == held

    @invariant()
    def addresses_lead_somewhere(self) -> None:
        """Every compute is on an existing branch, and production keeps its endpoint."""
        endpoints = {one["id"]: one for one in self.harness.get("/endpoints")["endpoints"]}
        assert all(one["branch_id"] in self.branches for one in endpoints.values())
        default = next(branch for branch in self.branches.values() if branch["default"])
        assert default["name"] == "production"
        assert endpoints["ep-shop-production-00000001"]["branch_id"] == default["id"]


Project.TestCase.settings = settings(same_examples(60, 600), stateful_step_count=15)
TestProject = Project.TestCase
