"""Invariants of snapshots and branches under restores in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from tests.sandbox.test_properties import POINTS
from tests.sandbox.test_snapshots import listed

if TYPE_CHECKING:
    from neon_sandbox.storage.memory import Commit


class Project(RuleBasedStateMachine):
    """A state machine of operations on the snapshots and branches of a project."""

    branches = Bundle("branches")
    snapshots = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.harness = Harness()
        self.held: dict[str, tuple[Commit, ...]] = {}

    @initialize(target=branches)
    def begin(self) -> MultipleResults[str]:
        """Start with the two branches of the incident."""
        return multiple(PRODUCTION, DEVELOPMENT)

    @rule(target=snapshots, branch=branches, point=st.none() | POINTS)
    def take(self, branch: str, point: str | None) -> MultipleResults[str]:
        """Take a snapshot; it holds the branch data at that point."""
        query = {"timestamp": point} if point else {}
        response = self.harness.ask("POST", f"/branches/{branch}/snapshot", **query)
        self.harness.run_until_idle()
        if response.is_error:
            return multiple()
        taken = response.json()["snapshot"]["id"]
        self.held[taken] = self.harness.storage.commits(taken)
        assert self.harness.storage.commits(branch)[: len(self.held[taken])] == self.held[taken]
        return multiple(taken)

    @rule(target=branches, snapshot=snapshots, onto=st.none() | branches, finalize=st.booleans())
    def restore(self, snapshot: str, onto: str | None, finalize: bool) -> MultipleResults[str]:
        """Restore a snapshot; the new branch has its data and, if finalized, its target's name."""
        body: dict[str, Any] = {"finalize_restore": finalize}
        body |= {"target_branch_id": onto} if onto else {}
        before = self._branches()
        response = self.harness.ask("POST", f"/snapshots/{snapshot}/restore", body)
        self.harness.run_until_idle()
        after = self._branches()
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

    @rule(branch=branches)
    def finalize(self, branch: str) -> None:
        """Finalize a preview; only the preview and its target change."""
        before = self._branches()
        response = self.harness.ask("POST", f"/branches/{branch}/finalize_restore")
        self.harness.run_until_idle()
        after = self._branches()
        if response.is_error:
            assert after == before
            return
        old = after[branch]["restored_as"]
        assert after[branch]["name"] == before[old]["name"] != after[old]["name"]
        assert {k: v for k, v in after.items() if k not in {branch, old}} == {
            k: v for k, v in before.items() if k not in {branch, old}
        }

    @rule(branch=branches)
    def write(self, branch: str) -> None:
        """Commit to a branch; no snapshot changes."""
        if branch in self._branches():
            name = self._branches()[branch]["name"]
            self.harness.advance(seconds=1)
            self.harness.sandbox.commit(name, "shop", "INSERT INTO customers VALUES (41, 'x')")

    @rule(branch=branches, point=POINTS)
    def rewind(self, branch: str, point: str) -> None:
        """Restore a branch from its own history; no snapshot changes."""
        name = f"backup-{len(self.harness.branches())}-{self.harness.clock.monotonic()}"
        body = {
            "source_branch_id": branch,
            "source_timestamp": point,
            "preserve_under_name": name,
        }
        self.harness.restore(branch, **body)
        self.harness.run_until_idle()

    @rule(branch=branches)
    def delete_branch(self, branch: str) -> None:
        """Delete a branch; its snapshots stay."""
        self.harness.ask("DELETE", f"/branches/{branch}")
        self.harness.run_until_idle()

    @rule(snapshot=snapshots)
    def delete_snapshot(self, snapshot: str) -> None:
        """Delete a snapshot; the branches restored from it stay."""
        branches = self._branches().keys()
        self.harness.ask("DELETE", f"/snapshots/{snapshot}")
        self.harness.run_until_idle()
        self.held.pop(snapshot, None)
        assert self._branches().keys() == branches

    @invariant()
    def snapshots_hold_what_they_held(self) -> None:
        """No snapshot has changed, and none has appeared or disappeared unexpectedly."""
        assert {one["id"] for one in listed(self.harness)} == self.held.keys()
        for snapshot, held in self.held.items():
            assert self.harness.storage.commits(snapshot) == held

    @invariant()
    def names_are_unique_and_one_branch_is_the_default(self) -> None:
        """Names are unique, however many branches are called production (old)."""
        branches = self._branches().values()
        assert len({branch["name"] for branch in branches}) == len(branches)
        assert sum(branch["default"] for branch in branches) == 1

    @invariant()
    def addresses_lead_somewhere(self) -> None:
        """Every compute is on an existing branch, and production keeps its endpoint."""
        branches = self._branches()
        endpoints = {one["id"]: one for one in self.harness.get("/endpoints")["endpoints"]}
        assert all(one["branch_id"] in branches for one in endpoints.values())
        default = next(branch for branch in branches.values() if branch["default"])
        assert default["name"] == "production"
        assert endpoints["ep-shop-production-00000001"]["branch_id"] == default["id"]

    def _branches(self) -> dict[str, Any]:
        return {branch["id"]: branch for branch in self.harness.branches()}


Project.TestCase.settings = settings(same_examples(60, 600), stateful_step_count=15)
TestProject = Project.TestCase
