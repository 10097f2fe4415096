"""Property-based tests of branches: any requests in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    import httpx

Tree = dict[str, str | None]
"""Maps the id of each branch to the id of its parent."""

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
    page = harness.get("/branches", limit=limit, **query)
    seen = []
    while True:
        assert 1 <= len(page["branches"]) <= limit
        seen += [branch["id"] for branch in page["branches"]]
        assert len(seen) <= len(whole)
        if "next" not in page["pagination"]:
            break
        page = harness.get("/branches", limit=limit, cursor=page["pagination"]["next"])
    assert seen == whole
    assert len(set(seen)) == len(names) + 2 - len({"production", "development"} & set(names))


class Project(RuleBasedStateMachine):
    """A state machine of valid and invalid requests that create, restore and delete branches."""

    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.harness = Harness()
        self.backups = 0
        self.branches = self.harness.branches()

    @initialize(target=known)
    def begin(self) -> MultipleResults[str]:
        """Start with the two branches of the incident."""
        return multiple(PRODUCTION, DEVELOPMENT)

    @rule(target=known, parent=known, root=st.booleans())
    def create(self, *, parent: str, root: bool) -> MultipleResults[str]:
        """Create a branch; a successful request adds exactly that branch."""
        options = {"parent_id": parent} | ({"init_source": "schema-only"} if root else {})
        before, after, response = self._ask("POST", "/branches", {"branch": options})
        assert response.status_code == (201 if parent in before else 404)
        new = after.keys() - before.keys()
        assert after == before | dict.fromkeys(new, None if root else parent)
        assert len(new) == (1 if response.is_success else 0)
        return multiple(*new)

    @rule(
        target=known,
        destination=known,
        source=known,
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
        held = self.harness.storage.commits(destination) if destination in self._tree() else ()
        before, after, response = self._ask("POST", f"/branches/{destination}/restore", body)
        new = after.keys() - before.keys()
        if response.is_error:
            assert after == before
        elif keep:
            (backup,) = new
            self.backups += 1
            assert self.harness.storage.commits(backup) == held
            children = [branch for branch, parent in before.items() if parent == destination]
            assert all(after[child] == backup for child in children)
        else:
            assert new == set()
            assert destination not in before.values()
        return multiple(*new)

    @rule(branch=known)
    def delete(self, branch: str) -> None:
        """Delete a branch; no other branch is deleted, and none that has children."""
        before, after, response = self._ask("DELETE", f"/branches/{branch}")
        gone = before.keys() - after.keys()
        assert gone == ({branch} if response.status_code == 200 else set())
        assert gone.isdisjoint(before.values())

    @invariant()
    def ids_and_names_are_unique(self) -> None:
        """No two branches share an id or a name."""
        ids = {branch["id"] for branch in self.branches}
        names = {branch["name"] for branch in self.branches}
        assert len(ids) == len(names) == len(self.branches)

    @invariant()
    def every_branch_hangs_on_a_root(self) -> None:
        """Every parent exists, and every chain of parents ends."""
        tree = self._tree()
        for branch in tree:
            steps = [branch]
            while parent := tree[steps[-1]]:
                assert parent not in steps
                steps.append(parent)

    @invariant()
    def the_default_branch_stays_and_all_are_ready(self) -> None:
        """After all operations have ended, all branches are ready and production is the default."""
        assert {branch["current_state"] for branch in self.branches} == {"ready"}
        assert [b["id"] for b in self.branches if b["default"]] == [PRODUCTION]

    def _ask(
        self, method: str, path: str, body: object = None
    ) -> tuple[Tree, Tree, httpx.Response]:
        """Send a change; return the tree before it and after all operations have ended."""
        before = self._tree()
        response = self.harness.ask(method, path, body)
        self.harness.run_until_idle()
        self.branches = self.harness.branches()
        return before, self._tree(), response

    def _tree(self) -> Tree:
        return {branch["id"]: branch.get("parent_id") for branch in self.branches}


Project.TestCase.settings = settings(same_examples(60, 600), stateful_step_count=15)
TestProject = Project.TestCase
