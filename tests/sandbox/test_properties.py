"""Property-based tests of branches: any requests in any order."""

from typing import Any

import httpx
from hypothesis import given, settings
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

Branches = dict[str, dict[str, Any]]
"""The branches of a project, by id."""

POINTS = st.integers(0, 6 * 3600).map(
    lambda second: f"2026-11-20T{8 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
)


@same_examples(30, 300)
@given(
    names=st.lists(st.text(min_size=1, max_size=5), max_size=12, unique=True),
    limit=st.integers(1, 6),
    sort_by=st.sampled_from(["name", "created_at", "updated_at"]),
    order=st.sampled_from(["asc", "desc"]),
)
def test_pages_show_every_branch_once(
    names: list[str], limit: int, sort_by: str, order: str
) -> None:
    """The pages keep the order of the whole list, and none exceeds the limit."""
    harness = Harness()
    for name in names:
        if name not in {"production", "development"}:
            harness.created(name)
    query = {"sort_by": sort_by, "sort_order": order}
    whole = [branch["id"] for branch in harness.get("/branches", **query)["branches"]]
    seen: list[str] = []
    while query:
        page = harness.get("/branches", limit=limit, **query)
        assert len(page["branches"]) <= limit
        seen += [branch["id"] for branch in page["branches"]]
        assert len(seen) <= len(whole)
        cursor = page["pagination"].get("next")
        query = {"cursor": cursor} if cursor else {}
    assert seen == whole
    assert len(set(seen)) == len(names) + 2 - len({"production", "development"} & set(names))


BRANCHES = Bundle("branches")


def parents(branches: Branches) -> dict[str, str | None]:
    """Return the id of each branch's parent, which is ``None`` for a root branch."""
    return {branch_id: branch.get("parent_id") for branch_id, branch in branches.items()}


class ProjectMachine(RuleBasedStateMachine):
    """A project, requests that change its branches, and what holds after each of them."""

    def __init__(self) -> None:
        super().__init__()
        self.harness = Harness()
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

    @invariant()
    def names_are_unique_and_one_branch_is_the_default(self) -> None:
        """Names are unique, however many branches are called production (old)."""
        branches = self.branches.values()
        assert len({branch["name"] for branch in branches}) == len(branches)
        assert sum(branch["default"] for branch in branches) == 1


class Project(ProjectMachine):
    """A state machine of valid and invalid requests that create, restore and delete branches."""

    backups = 0

    @rule(target=BRANCHES, parent=BRANCHES, root=st.booleans())
    def create(self, *, parent: str, root: bool) -> MultipleResults[str]:
        """Create a branch; a successful request adds exactly that branch."""
        options = {"parent_id": parent} | ({"init_source": "schema-only"} if root else {})
        before, after, response = self.ask("POST", "/branches", {"branch": options})
        assert response.status_code == (201 if parent in before else 404)
        new = after.keys() - before.keys()
        assert parents(after) == parents(before) | dict.fromkeys(new, None if root else parent)
        assert len(new) == (1 if response.is_success else 0)
        return multiple(*new)

    @rule(
        target=BRANCHES,
        destination=BRANCHES,
        source=BRANCHES,
        point=st.none() | POINTS,
        keep=st.booleans(),
    )
    def restore(
        self, *, destination: str, source: str, point: str | None, keep: bool
    ) -> MultipleResults[str]:
        """Restore a branch; a successful request with a backup name adds one backup branch."""
        body = {"source_branch_id": source} | ({"source_timestamp": point} if point else {})
        if keep:
            body["preserve_under_name"] = f"backup-{self.backups}"
        held = self.harness.storage.commits(destination) if destination in self.branches else ()
        before, after, response = self.ask("POST", f"/branches/{destination}/restore", body)
        new = after.keys() - before.keys()
        children = {branch for branch, one in parents(before).items() if one == destination}
        if response.is_error:
            assert after == before
        elif keep:
            (backup,) = new
            self.backups += 1
            assert self.harness.storage.commits(backup) == held
            assert all(after[child]["parent_id"] == backup for child in children)
        else:
            assert not new
            assert not children
        return multiple(*new)

    @rule(branch=BRANCHES)
    def delete(self, branch: str) -> None:
        """Delete a branch; no other branch is deleted, and none that has children."""
        before, after, response = self.ask("DELETE", f"/branches/{branch}")
        gone = before.keys() - after.keys()
        assert gone == ({branch} if response.status_code == 200 else set())
        assert gone.isdisjoint(parents(before).values())

    @invariant()
    def every_branch_hangs_on_a_root(self) -> None:
        """Every parent exists, and every chain of parents ends."""
        tree = parents(self.branches)
        for branch in tree:
            steps = [branch]
            while parent := tree[steps[-1]]:
                assert parent not in steps
                steps.append(parent)

    @invariant()
    def the_default_branch_stays_and_all_are_ready(self) -> None:
        """After all operations have ended, all branches are ready and production is the default."""
        assert {branch["current_state"] for branch in self.branches.values()} == {"ready"}
        assert self.branches[PRODUCTION]["default"]


Project.TestCase.settings = settings(same_examples(60, 600), stateful_step_count=15)
TestProject = Project.TestCase
