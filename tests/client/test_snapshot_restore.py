"""Restores from a snapshot: in one step, with a preview, and onto the intended branch."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from neon_restore import (
    Neon,
    NeonError,
    NoAnswer,
    OperationFailed,
    OutcomeUnknown,
    Refused,
    Snapshot,
    StillRunning,
    UnexpectedAnswer,
    UnknownName,
)
from neon_sandbox.model import snapshot_restore as others
from neon_sandbox.model import snapshots as sandbox_snapshots
from tests.client.harness import (
    BEFORE_DELETE,
    DEVELOPMENT,
    PRODUCTION,
    TARGET,
    Harness,
    error_response,
    read_timeout,
)

GOOD_SQL = "generate_series(701, 750)"
PREVIEW = "production_preview_2026-11-20T14:40:00.610351Z"


@pytest.fixture
def good(neon: Neon) -> Snapshot:
    """Return a snapshot of production before the deletion."""
    return neon.create_snapshot("production", name="good", at=BEFORE_DELETE)


def test_one_step_replaces_the_branch(neon: Neon, harness: Harness, good: Snapshot) -> None:
    restored = neon.restore_snapshot(good, "production")
    assert restored.branch.name == "production"
    assert restored.branch.id == harness.sandbox.branch("production").id != PRODUCTION
    assert (restored.replaced.id, restored.replaced.name) == (PRODUCTION, "production (old)")
    assert [child.name for child in restored.children] == ["development"]
    assert restored.snapshot == good
    assert restored.where == TARGET
    assert restored.duration == timedelta(seconds=5.7)
    assert all(operation.finished for operation in restored.operations)
    assert GOOD_SQL in harness.last_sql("production")
    assert harness.bodies_sent(path="/restore") == [
        {"target_branch_id": PRODUCTION, "finalize_restore": True}
    ]
    assert str(restored).splitlines() == [
        f"Restored from a snapshot on {TARGET}, project sandbox-shop-00000000",
        "  Branch        production, same address",
        "  New id        br-shop-sandbox-00000003, which was br-shop-production-00000001",
        "  Now holds     good (snap-shop-sandbox-00000001), of production at 2026-11-20T14:30:00Z",
        "  Replaced      production (old) (br-shop-production-00000001)",
        "  Took          5.7 seconds, 4 operations",
        "  Stays behind  production (old): a branch with the state from before, without a",
        "                compute, until you delete it.",
        "                development: a child of production (old), and not of production.",
    ]


@pytest.mark.usefixtures("good")
def test_a_second_restore_replaces_the_first_ones_branch(neon: Neon, harness: Harness) -> None:
    """The snapshot still refers to the replaced branch, whose name is a likely mistake."""
    first = neon.restore_snapshot("good", "production")
    second = neon.restore_snapshot("good", "production")
    assert second.replaced.id == first.branch.id
    assert second.branch.name == "production"
    assert harness.bodies_sent(path="/restore")[-1]["target_branch_id"] == first.branch.id
    count = len(harness.writes_sent)
    for name in ("production (old)", "production (old 2)"):
        with pytest.raises(Refused, match="a restore from a snapshot has replaced") as error:
            neon.restore_snapshot("good", name)
        assert error.value.changed == "nothing."
    assert len(harness.writes_sent) == count
    assert neon.restore_snapshot("good", PRODUCTION).branch.name == "production (old)"


@pytest.mark.parametrize("name", ["older (older)", "(old)", "shop (old branch (1))", "old"])
def test_other_names_are_taken_as_they_are(name: str, neon: Neon, harness: Harness) -> None:
    """They are similar to those of replaced branches."""
    harness.create_branch(name, schema_only=True)
    neon.create_snapshot(name, name="of-it")
    assert neon.restore_snapshot("of-it", name).branch.name == name


def test_another_branch_has_to_be_allowed(neon: Neon, harness: Harness, good: Snapshot) -> None:
    """It is refused without `allow_other_branch`, as is a snapshot of a deleted branch."""
    with pytest.raises(Refused, match="good is a snapshot of production, and not of development"):
        neon.restore_snapshot("good", "development")
    restored = neon.restore_snapshot("good", "development", allow_other_branch=True)
    assert restored.replaced.id == DEVELOPMENT
    assert GOOD_SQL in harness.last_sql("development")
    copy = harness.create_branch("copy", schema_only=True)
    sandbox_snapshots.create(harness.sandbox.model, copy, name="lone")
    harness.run_until_idle()
    harness.sandbox.model.branches.pop(copy)
    with pytest.raises(Refused, match="of a branch that is gone, and not of production"):
        neon.restore_snapshot("lone", "production")


def test_unknown_names_are_refused(neon: Neon, harness: Harness, good: Snapshot) -> None:
    with pytest.raises(UnknownName, match="no branch 'prod'"):
        neon.restore_snapshot("good", "prod")
    with pytest.raises(UnknownName, match="no snapshot 'bad'"):
        neon.restore_snapshot("bad", "production")
    assert harness.bodies_sent(path="/restore") == []


def test_a_preview_replaces_nothing(neon: Neon, harness: Harness, good: Snapshot) -> None:
    preview = neon.preview_snapshot(good, "production")
    assert preview.branch.name == PREVIEW
    assert preview.branch.restore_status == "restored"
    assert preview.target.id == PRODUCTION
    assert harness.sandbox.branch("production").id == PRODUCTION
    assert str(neon.connection_string(PREVIEW, database="shop")).startswith("postgresql://")
    assert harness.bodies_sent(path="/restore") == [
        {"target_branch_id": PRODUCTION, "finalize_restore": False, "name": PREVIEW}
    ]
    assert str(preview).splitlines()[1:] == [
        f"  Branch         {PREVIEW}",
        "                 (br-shop-sandbox-00000003)",
        "  Holds          good (snap-shop-sandbox-00000001), of production at",
        "                 2026-11-20T14:30:00Z",
        "  Would replace  production (br-shop-production-00000001), unchanged so far",
        "  Took           5.4 seconds, 3 operations",
    ]
    assert neon.preview_snapshot(good, "production", name="look").branch.name == "look"


def test_neon_does_not_restore_a_preview_to_a_point(neon: Neon, good: Snapshot) -> None:
    """The branch itself has the restriction, so no restore is sent."""
    preview = neon.preview_snapshot(good, "production")
    with pytest.raises(Refused, match="restore from snapshot on target branch is still ongoing"):
        neon.restore(preview.branch.id, at=timedelta(seconds=1))


@pytest.mark.parametrize("given", [lambda p: p, lambda p: p.branch.name, lambda p: p.branch.id])
def test_a_preview_is_finalized(given: Any, neon: Neon, harness: Harness, good: Snapshot) -> None:
    preview = neon.preview_snapshot(good, "production")
    restored = neon.finalize_restore(given(preview))
    assert (restored.branch.id, restored.branch.name) == (preview.branch.id, "production")
    assert (restored.replaced.id, restored.replaced.name) == (PRODUCTION, "production (old)")
    assert restored.snapshot is not None
    assert restored.snapshot.id == good.id
    assert restored.operations[-1].action == "start_compute"
    assert GOOD_SQL in harness.last_sql("production")


def test_a_preview_outlives_its_snapshot(neon: Neon, good: Snapshot) -> None:
    preview = neon.preview_snapshot(good, "production")
    neon.delete_snapshot(good)
    restored = neon.finalize_restore(preview)
    assert restored.snapshot is None
    assert "Now holds     a snapshot that is gone" in str(restored)


def test_a_preview_keeps_its_target(neon: Neon, harness: Harness, good: Snapshot) -> None:
    """A branch that was replaced since is no target, unless the caller had given its id."""
    preview = neon.preview_snapshot(good, "production")
    neon.restore_snapshot(good, "production")
    for given in (preview, preview.branch.id):
        with pytest.raises(Refused, match=r"production \(old\) .* has replaced"):
            neon.finalize_restore(given)
    assert preview.branch.name in harness.names()
    preview_of_old = neon.preview_snapshot(good, PRODUCTION)
    assert neon.finalize_restore(preview_of_old).branch.name == "production (old)"


@pytest.mark.parametrize("other", [{"where": "Neon"}, {"project_id": "other"}])
def test_a_preview_has_one_target(
    other: dict[str, str], neon: Neon, harness: Harness, good: Snapshot
) -> None:
    """A preview that was made elsewhere is refused before anything is sent."""
    preview = msgspec.structs.replace(neon.preview_snapshot(good, "production"), **other)
    harness.sent.clear()
    with pytest.raises(Refused, match=r"This was made for project .* and the client works on"):
        neon.finalize_restore(preview)
    assert harness.sent == []


def test_only_a_preview_is_finalized(neon: Neon, harness: Harness, good: Snapshot) -> None:
    with pytest.raises(Refused, match="was not made from a snapshot"):
        neon.finalize_restore("production")
    restored = neon.restore_snapshot(good, "production")
    with pytest.raises(Refused, match="has been finalized already"):
        neon.finalize_restore("production")
    preview = neon.preview_snapshot(good, "production")
    harness.sandbox.model.branches.pop(restored.branch.id)
    with pytest.raises(Refused, match="was to replace is gone, or Neon does not name it"):
        neon.finalize_restore(preview)
    assert not any("finalize_restore" in line for line in harness.writes_sent)


def act(neon: Neon, work: str) -> Callable[[], object]:
    """Create what a call needs, and return the call, which sends one write."""
    if work == "finalize_restore":
        preview = neon.preview_snapshot("good", "production")
        return lambda: neon.finalize_restore(preview)
    call = neon.preview_snapshot if work == "preview" else neon.restore_snapshot
    return lambda: call("good", "production")


@pytest.mark.parametrize(
    ("work", "witness"),
    [
        ("restore", f"a branch named production whose id is not {PRODUCTION} is there if"),
        ("preview", f"a branch named {PREVIEW} is there if the preview was made"),
        ("finalize_restore", "br-shop-sandbox-00000003 is named production if it was finalized"),
    ],
)
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.usefixtures("good")
def test_a_lost_answer_says_what_to_look_for(
    work: str, witness: str, done: bool, neon: Neon, harness: Harness
) -> None:
    """The request is sent once, whether or not Neon carried it out."""
    call = act(neon, work)

    def answer(request: Any) -> Any:
        if done:
            harness.sandbox.api.handle(request)
        return read_timeout(request)

    harness.respond_once("POST", "restore", answer)
    count = len(harness.writes_sent)
    with pytest.raises(OutcomeUnknown) as error:
        call()
    assert len(harness.writes_sent) == count + 1
    assert witness in error.value.advice


@pytest.mark.parametrize("work", ["restore", "finalize_restore"])
@pytest.mark.parametrize("deleted", [False, True])
def test_a_target_that_is_replaced_while_neon_is_busy_is_not_replaced_again(
    work: str, deleted: bool, neon: Neon, harness: Harness, good: Snapshot
) -> None:
    """Neon was busy with another restore, after which the id is that of the old branch."""
    call = act(neon, work)

    def busy(request: Any) -> Any:
        snapshot = harness.sandbox.model.snapshot(good.id)
        others.restore(harness.sandbox.model, snapshot, at_once=True)
        harness.run_until_idle()
        if deleted:
            harness.sandbox.model.branches.pop(PRODUCTION)
        return error_response(423)(request)

    harness.respond_once("POST", "restore", busy)
    count = len(harness.writes_sent)
    with pytest.raises(Refused, match="While the request waited for other work") as error:
        call()
    assert ("was deleted" if deleted else "was renamed to production (old)") in str(error.value)
    assert error.value.changed == "nothing."
    assert len(harness.writes_sent) == count + 1


def test_a_restore_waits_for_other_work(neon: Neon, harness: Harness, good: Snapshot) -> None:
    """If the target has not changed, the request is sent again."""
    harness.respond_once("POST", "/restore", error_response(423))
    assert neon.restore_snapshot(good, "production").replaced.id == PRODUCTION


@pytest.mark.parametrize("work", ["restore", "preview", "finalize_restore"])
@pytest.mark.usefixtures("good")
def test_a_refusal_of_neons_changes_nothing(work: str, neon: Neon, harness: Harness) -> None:
    call = act(neon, work)
    harness.respond_always("POST", "restore", error_response(422, "not now"))
    with pytest.raises(NeonError, match="not now") as error:
        call()
    assert error.value.changed == "nothing. production is as it was."


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("/operations/", "Neon accepted the restore of production from good and goes on"),
        ("/branches", "the restore of production from good has finished."),
    ],
)
def test_what_goes_wrong_after_it_was_accepted_says_so(
    path: str, changed: str, neon: Neon, harness: Harness, good: Snapshot
) -> None:
    """The error occurs while polling, or when the branches are listed at the end."""
    harness.respond_once(
        "POST", "/restore", lambda request: harness.respond_always("GET", path, read_timeout)
    )
    with pytest.raises(NoAnswer) as error:
        neon.restore_snapshot(good, "production")
    assert error.value.changed.startswith(changed)
    assert "before you restore again" in error.value.advice


def test_a_late_or_failed_restore_says_so(neon: Neon, harness: Harness, good: Snapshot) -> None:
    with pytest.raises(StillRunning) as late:
        neon.restore_snapshot(good, "production", timeout=3)
    assert late.value.changed.endswith("goes on with it.")
    harness.run_until_idle()
    harness.storage.fail_next("no space left on device")
    with pytest.raises(OperationFailed, match="no space left") as failed:
        neon.restore_snapshot(good, "production")
    assert failed.value.changed == "Neon did not finish the restore of production from good."


def test_a_branch_gone_meanwhile_is_an_error(neon: Neon, harness: Harness, good: Snapshot) -> None:
    """Another client deleted it; the restore itself has finished."""
    harness.sandbox.branch("development").parent_id = None

    def delete(request: Any) -> None:
        harness.run_until_idle()
        harness.sandbox.model.branches.pop(PRODUCTION)

    harness.respond_once(
        "POST", "/restore", lambda request: harness.respond_once("GET", "/branches", delete)
    )
    with pytest.raises(UnexpectedAnswer, match=f"There is no branch {PRODUCTION}") as error:
        neon.restore_snapshot(good, "production")
    assert error.value.changed == "the restore of production from good has finished."
