"""Branches created and deleted, and computes added and removed: once each, whatever is lost."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from neon_restore import (
    BranchProtected,
    Endpoint,
    InvalidPoint,
    Locked,
    Lsn,
    Neon,
    NeonError,
    NeonRestoreError,
    NoAnswer,
    NotAuthorized,
    OperationFailed,
    OutcomeUnknown,
    OutsideHistoryWindow,
    Progress,
    Refused,
    Retrying,
    StillRunning,
    UnknownName,
)
from neon_sandbox.model.computes import create as create_compute
from neon_sandbox.model.entities import EndpointOptions
from tests.client.harness import (
    BEFORE_DELETE,
    PRODUCTION,
    PROJECT,
    Answer,
    Harness,
    error_response,
    read_timeout,
    sequence,
)
from tests.client.test_lost import LOST

COPY = "br-shop-sandbox-00000003"
COPY_COMPUTE = "ep-shop-sandbox-00000003"


class Change:
    """A change of the project: how it is requested, with what, and how its effect is seen."""

    def __init__(
        self,
        request: tuple[str, str],
        run: Callable[[Neon], Any],
        done: Callable[[Harness], bool],
        *,
        before: Callable[[Harness], object] = lambda harness: None,
    ) -> None:
        self.method, self.path = request
        self.run, self.done, self.before = run, done, before

    @property
    def line(self) -> str:
        """The request as the harness records it."""
        return f"{self.method} {self.path}"


def computes_of(harness: Harness, branch: str) -> list[str]:
    """Return the ids of the computes of a branch, by its name."""
    model = harness.sandbox.model
    return [one.id for one in model.endpoints_of(harness.sandbox.branch(branch))]


def create_copy(harness: Harness) -> None:
    """Create a branch with a compute."""
    harness.create_branch("copy", endpoints=[("read_write", EndpointOptions())])


CHANGES: dict[str, Change] = {
    "create": Change(
        ("POST", "/branches"),
        lambda neon: neon.create_branch("copy", at=BEFORE_DELETE),
        lambda harness: "copy" in harness.names() and len(computes_of(harness, "copy")) == 1,
    ),
    "delete": Change(
        ("DELETE", f"/branches/{COPY}"),
        lambda neon: neon.delete_branch("copy"),
        lambda harness: "copy" not in harness.names(),
        before=create_copy,
    ),
    "add": Change(
        ("POST", "/endpoints"),
        lambda neon: neon.add_compute("copy"),
        lambda harness: len(computes_of(harness, "copy")) == 1,
        before=lambda harness: harness.create_branch("copy"),
    ),
    "remove": Change(
        ("DELETE", f"/endpoints/{COPY_COMPUTE}"),
        lambda neon: neon.remove_compute("copy"),
        lambda harness: computes_of(harness, "copy") == [],
        before=create_copy,
    ),
}


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest, harness: Harness) -> Change:
    """Return each kind of change, with what it needs in place."""
    change = CHANGES[request.param]
    change.before(harness)
    assert not change.done(harness)
    return change


def sent_body(harness: Harness) -> Any:
    """Return the body of the last request that changes something."""
    return json.loads([one for one in harness.sent if one.method == "POST"][-1].content)


def test_a_branch_is_created_and_ready(neon: Neon, harness: Harness) -> None:
    """It is a child of the default branch as it was at the point, and nothing is overwritten."""
    branch = neon.create_branch("copy", at=BEFORE_DELETE)
    assert (branch.id, branch.name, branch.parent_id) == (COPY, "copy", PRODUCTION)
    assert (branch.current_state, branch.pending_state) == ("ready", None)
    assert harness.sandbox.model.idle_at() is None
    assert harness.last_sql("copy").startswith("INSERT INTO orders")
    assert harness.last_sql("production").startswith("INSERT INTO events")
    assert computes_of(harness, "copy") == [COPY_COMPUTE]
    assert harness.writes_sent == ["POST /branches"]
    assert neon.connection_string("copy", database="shop").host


@pytest.mark.parametrize(
    ("point", "sent"),
    [
        ({}, {}),
        ({"at": timedelta(minutes=9)}, {"parent_timestamp": BEFORE_DELETE}),
        ({"at": "2026-11-20T15:31:00+01:00"}, {"parent_timestamp": BEFORE_DELETE}),
        ({"lsn": Lsn("0/1000000")}, {"parent_lsn": "0/1000000"}),
    ],
)
def test_the_point_is_as_in_a_restore(
    point: dict[str, Any], sent: dict[str, str], neon: Neon, harness: Harness
) -> None:
    """Without one it is the head; without a compute none is requested."""
    if "lsn" in point:
        lsn = str(harness.storage.commits(PRODUCTION)[-3].lsn)
        point, sent = {"lsn": Lsn(lsn)}, {"parent_lsn": lsn}
    neon.create_branch("copy", compute=False, **point)
    assert sent_body(harness) == {
        "branch": {"name": "copy", "parent_id": PRODUCTION, **sent},
        "endpoints": [],
    }
    assert computes_of(harness, "copy") == []


def test_a_branch_is_created_from_any_other(neon: Neon, harness: Harness) -> None:
    """A child has history as well, from its own creation on."""
    neon.create_branch("copy", source="development", at="2026-11-20T14:00:00Z")
    assert sent_body(harness)["branch"]["parent_id"] == harness.sandbox.branch("development").id
    with pytest.raises(OutsideHistoryWindow):
        neon.create_branch("other", source="development", at="2026-11-20T09:59:00Z")


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("development", {}, Refused, "There is a branch named 'development' already"),
        ("", {}, Refused, "A branch needs a name"),
        ("copy", {"source": "developmnt"}, UnknownName, "Close names: development"),
        ("copy", {"source": ""}, UnknownName, "There is no branch ''"),
        ("copy", {"at": BEFORE_DELETE, "lsn": "0/1"}, InvalidPoint, "Two points"),
        ("copy", {"at": "2026-11-20T14:41:00Z"}, InvalidPoint, "is in the future"),
        ("copy", {"at": timedelta(days=2)}, OutsideHistoryWindow, "is before the history window"),
        ("x\ud800", {}, Refused, "characters that no request can carry"),
    ],
)
def test_what_cannot_be_created_is_refused_before(
    name: str,
    options: dict[str, Any],
    error: type[Refused],
    message: str,
    neon: Neon,
    harness: Harness,
) -> None:
    with pytest.raises(error, match=message):
        neon.create_branch(name, **options)
    assert harness.writes_sent == []


def test_a_branch_is_deleted_and_returned(neon: Neon, harness: Harness) -> None:
    """It goes with its compute, and the call returns after the last operation."""
    create_copy(harness)
    assert neon.delete_branch(COPY).name == "copy"
    assert harness.names() == {"production", "development"}
    assert harness.sandbox.model.idle_at() is None


def test_a_branch_that_is_gone_already_counts_as_deleted(neon: Neon, harness: Harness) -> None:
    """Neon answers 204 to the deletion of what another client deleted meanwhile."""
    create_copy(harness)
    gone = httpx.Response(204)
    harness.respond_once("DELETE", "", lambda request: gone)
    assert neon.delete_branch("copy").id == COPY
    harness.respond_once("DELETE", "", lambda request: gone)
    assert neon.remove_compute("copy").id == COPY_COMPUTE


def test_a_compute_makes_a_backup_readable(neon: Neon, harness: Harness) -> None:
    """A backup has none: with one it can be queried, and it goes without one again."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restored.backup is not None
    with pytest.raises(NeonError, match="404"):
        neon.connection_string(restored.backup.name, database="shop")
    added = neon.add_compute(restored.backup.name)
    assert isinstance(added, Endpoint)
    assert (added.branch_id, added.type) == (restored.backup.id, "read_write")
    assert harness.sandbox.model.endpoints[added.id].current_state == "active"
    assert neon.connection_string(restored.backup.id, database="shop").host == added.host
    assert neon.remove_compute(added) == added
    assert computes_of(harness, restored.backup.name) == []
    assert harness.sandbox.model.idle_at() is None


def test_the_read_write_compute_of_a_branch_is_removed(neon: Neon, harness: Harness) -> None:
    """A read-only one stays, unless it is given; the second one for writing is refused before."""
    create_copy(harness)
    model = harness.sandbox.model
    reader, _ = create_compute(model, COPY, "read_only", EndpointOptions())
    harness.run_until_idle()
    with pytest.raises(Refused, match=f"copy has a read-write compute already: {COPY_COMPUTE}"):
        neon.add_compute("copy")
    removed = neon.remove_compute("copy")
    assert computes_of(harness, "copy") == [reader.id]
    with pytest.raises(Refused, match="copy has no such compute: read_write"):
        neon.remove_compute(COPY)
    with pytest.raises(Refused, match=f"copy has no such compute: {COPY_COMPUTE}"):
        neon.remove_compute(removed)
    reading = Endpoint(id=reader.id, host=reader.host, branch_id=COPY, type="read_only")
    assert neon.remove_compute(reading) == reading
    assert harness.writes_sent == [
        f"DELETE /endpoints/{COPY_COMPUTE}",
        f"DELETE /endpoints/{reader.id}",
    ]


@pytest.mark.parametrize("call", ["delete_branch", "remove_compute"])
def test_what_is_in_use_is_not_removed(call: str, neon: Neon, harness: Harness) -> None:
    """The default branch and protected ones keep their computes, whose addresses are in use."""
    harness.protect("development")
    with pytest.raises(Refused, match="production is the project's default branch"):
        getattr(neon, call)("production")
    with pytest.raises(BranchProtected, match="development is protected: neither it nor"):
        getattr(neon, call)("development")
    with pytest.raises(UnknownName):
        getattr(neon, call)("nothing")
    assert harness.writes_sent == []


def test_a_branch_with_children_is_not_deleted(neon: Neon, harness: Harness) -> None:
    create_copy(harness)
    harness.create_branch("child", parent_id=COPY)
    with pytest.raises(Refused, match=r"copy has children: child\."):
        neon.delete_branch("copy")
    assert harness.writes_sent == []


def test_an_answer_that_no_page_lists_is_only_neons(neon: Neon, harness: Harness) -> None:
    """What the client cannot know Neon refuses, and nothing is changed."""
    harness.create_branch("root", schema_only=True)
    harness.sandbox.branch("root").deletable_root = False
    with pytest.raises(NeonError) as error:
        neon.delete_branch("root")
    assert error.value.neon_message == "cannot delete the root branch"
    assert error.value.changed == "nothing."


@pytest.mark.parametrize("name", LOST)
def test_a_change_that_happened_is_found(
    name: str, change: Change, neon: Neon, harness: Harness
) -> None:
    """It is waited for and not sent again, and the result is that of a response."""
    answer = sequence(harness.sandbox.api.handle, LOST[name])
    harness.respond_once(change.method, change.path, answer)
    assert change.run(neon).id in (COPY, COPY_COMPUTE)
    assert harness.writes_sent == [change.line]
    assert change.done(harness)
    assert harness.sandbox.model.idle_at() is None


@pytest.mark.parametrize("name", LOST)
def test_a_change_not_carried_out_is_sent_again(
    name: str, change: Change, neon: Neon, harness: Harness
) -> None:
    """With the same body, after the client has looked."""
    harness.respond_once(change.method, change.path, LOST[name])
    change.run(neon)
    assert harness.writes_sent == [change.line] * 2
    assert len({one.content for one in harness.sent if one.method == change.method}) == 1
    assert change.done(harness)
    assert harness.sandbox.model.idle_at() is None


@pytest.mark.parametrize("late", [0.4, 1.0, 6.0, 29.0])
def test_a_change_that_arrives_late_happens_once(
    late: float, change: Change, neon: Neon, harness: Harness
) -> None:
    """It arrives while the client looks, or after the second was carried out, which refuses it."""
    began = harness.clock.monotonic()
    held: list[httpx.Request] = []
    answers: list[Answer] = [sequence(held.append, read_timeout)]
    answers += [read_timeout] * (4 if late == 29.0 else 0)
    harness.respond_once(change.method, change.path, *answers)

    def arrive(request: httpx.Request) -> None:
        if held and harness.clock.monotonic() - began >= late:
            harness.sandbox.api.handle(held.pop())

    harness.answers.append(arrive)
    change.run(neon)
    harness.run_until_idle()
    assert change.done(harness)
    assert len(harness.names()) <= 3


@pytest.mark.parametrize("code", [423, 429, 503])
def test_a_busy_neon_is_waited_for(code: int, change: Change, neon: Neon, harness: Harness) -> None:
    harness.respond_once(change.method, change.path, *[error_response(code)] * 3)
    change.run(neon)
    assert harness.writes_sent == [change.line] * 4
    assert change.done(harness)


def test_a_busy_neon_at_the_deadline_changes_nothing(
    change: Change, neon: Neon, harness: Harness
) -> None:
    harness.respond_always(change.method, change.path, error_response(423, "busy"))
    with pytest.raises(Locked) as error:
        change.run(harness.connect(timeout=20))
    assert error.value.changed == "nothing."
    assert not change.done(harness)


@pytest.mark.parametrize("settles", [True, False])
def test_a_double_delivery_is_one_change(
    settles: bool, change: Change, neon: Neon, harness: Harness
) -> None:
    """The response is that to the second: taken, gone, or Neon is busy with the first."""
    handle = harness.sandbox.api.handle
    between = [lambda request: harness.run_until_idle()] if settles else []
    answer = sequence(handle, *between, handle)
    harness.respond_once(change.method, change.path, answer)
    if change is CHANGES["create"]:
        # Another client may have created it: only after a lost response is the name evidence.
        with pytest.raises(OutcomeUnknown, match="a branch named copy now") as error:
            change.run(neon)
        assert error.value.advice.startswith("Wait a minute, then look: a branch named copy")
    else:
        change.run(neon)
    assert harness.writes_sent == [change.line]
    assert change.done(harness)


def test_a_name_that_another_client_took_is_refused(neon: Neon, harness: Harness) -> None:
    """A branch of another parent is not the one that was asked for, and nothing was changed."""
    development = harness.sandbox.branch("development").id
    take = sequence(
        lambda request: harness.create_branch("copy", parent_id=development),
        harness.sandbox.api.handle,
    )
    harness.respond_once("POST", "/branches", take)
    with pytest.raises(NeonError) as error:
        neon.create_branch("copy")
    assert (error.value.status, error.value.changed) == (409, "nothing.")
    assert harness.writes_sent == ["POST /branches"]


def test_a_lost_answer_and_a_refusal_are_unknown(
    change: Change, neon: Neon, harness: Harness
) -> None:
    """The first request may still be on its way."""
    harness.respond_once(change.method, change.path, read_timeout, error_response(422, "no"))
    with pytest.raises(OutcomeUnknown, match=r"Another attempt failed: Neon answered 422") as error:
        change.run(neon)
    assert isinstance(error.value.__cause__, NeonError)
    assert error.value.changed == "unknown: the request may have been carried out, once at most."


def test_a_change_that_is_never_answered_is_unknown(change: Change, harness: Harness) -> None:
    """The client sends it five times within half a minute, and says what to look for."""
    events: list[Progress] = []
    harness.respond_always(change.method, change.path, read_timeout)
    began = harness.clock.monotonic()
    with pytest.raises(OutcomeUnknown, match=r"no answer came \(timed out\)") as error:
        change.run(harness.connect(progress=events.append))
    assert harness.writes_sent == [change.line] * 5
    assert harness.clock.monotonic() - began == pytest.approx(32.5, abs=1)
    assert error.value.advice.startswith("Wait a minute, then look: ")
    assert error.value.advice.endswith(" if it was.")
    pauses = [event.pause.total_seconds() for event in events if isinstance(event, Retrying)]
    assert pauses == [0.5, 2, 5, 10, 15]


def test_the_deadline_ends_the_attempts(change: Change, harness: Harness) -> None:
    harness.respond_always(change.method, change.path, read_timeout)
    began = harness.clock.monotonic()
    with pytest.raises(OutcomeUnknown, match=r"Another attempt failed: The deadline of 4 s"):
        change.run(harness.connect(timeout=4))
    assert harness.clock.monotonic() - began == pytest.approx(4, abs=0.1)


def test_a_change_that_cannot_be_looked_at_is_unknown(
    change: Change, neon: Neon, harness: Harness
) -> None:
    """Neon may have carried it out, and shows nothing; looking again may help, and is tried."""
    answer = sequence(harness.sandbox.api.handle, read_timeout)
    harness.respond_once(change.method, change.path, answer)
    unseen = error_response(401)
    harness.respond_always(
        "GET", "", lambda request: unseen(request) if harness.writes_sent else None
    )
    with pytest.raises(OutcomeUnknown, match=r"could not be seen\. Neon answered 401") as error:
        change.run(neon)
    assert isinstance(error.value.__cause__, OutcomeUnknown)
    assert harness.writes_sent == [change.line]


def test_a_look_that_fails_once_is_repeated(change: Change, neon: Neon, harness: Harness) -> None:
    """Also one before a retry: Neon may be busy with this request, delivered twice."""
    answer = sequence(harness.sandbox.api.handle, error_response(423, "busy"))
    harness.respond_once(change.method, change.path, answer)
    failed = [error_response(500)] * 2
    harness.answers.append(
        lambda request: (
            failed.pop()(request)
            if failed and harness.writes_sent and request.method == "GET"
            else None
        )
    )
    change.run(neon)
    assert failed == []
    assert harness.writes_sent == [change.line]
    assert change.done(harness)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("name", ["create", "add"])
def test_an_operation_that_fails_is_told(
    name: str, lost: bool, neon: Neon, harness: Harness
) -> None:
    """Also if the response was lost, and the operation is found in the list."""
    change = CHANGES[name]
    change.before(harness)
    if lost:
        answer = sequence(harness.sandbox.api.handle, read_timeout)
        harness.respond_once(change.method, change.path, answer)

    def fail(request: httpx.Request) -> httpx.Response:
        found = harness.sandbox.api.handle(request).json()
        found["operation"] |= {"status": "failed", "error": "no room left"}
        return httpx.Response(200, json=found)

    harness.respond_always("GET", "/operations/", fail)
    with pytest.raises(OperationFailed) as error:
        change.run(neon)
    assert error.value.neon_message == "no room left"
    assert error.value.changed.startswith("the request was accepted")


def test_earlier_operations_are_none_of_this_call(neon: Neon, harness: Harness) -> None:
    """After a lost response, the operations of the call are those on the branch since it began."""
    create_copy(harness)
    harness.advance(minutes=1)
    harness.respond_once("DELETE", COPY, sequence(harness.sandbox.api.handle, read_timeout))
    found = harness.ask("GET", "/operations").json()
    assert {one["branch_id"] for one in found["operations"][:3]} == {COPY}
    for one in found["operations"]:
        one["status"] = "failed"
    harness.respond_once("GET", "/operations", lambda request: httpx.Response(200, json=found))
    assert neon.delete_branch("copy").id == COPY


@pytest.mark.parametrize("lost", [False, True])
def test_a_branch_is_waited_for_until_it_is_ready(lost: bool, neon: Neon, harness: Harness) -> None:
    """The operations may have ended, or not be listed, before the branch is ready."""
    none = httpx.Response(200, json={"operations": []})
    harness.respond_always("GET", "/operations", lambda request: none)
    handle = harness.sandbox.api.handle

    def accept(request: httpx.Request) -> httpx.Response:
        if lost:
            handle(request)
            return read_timeout(request)
        answer = handle(request).json()
        return httpx.Response(201, json={**answer, "operations": []})

    harness.respond_once("POST", "/branches", accept)
    assert neon.create_branch("copy").current_state == "ready"
    assert harness.writes_sent == ["POST /branches"]


def test_a_branch_that_is_not_ready_in_time_is_told(harness: Harness) -> None:
    """It was created, and the error says so; no answer to the last look does as well."""
    state: list[Answer] = []
    harness.respond_always("GET", f"/branches/{COPY}", lambda request: state[0](request))

    def resetting(request: httpx.Request) -> httpx.Response:
        found = harness.sandbox.api.handle(request).json()
        found["branch"]["current_state"] = "init"
        return httpx.Response(200, json=found)

    state.append(resetting)
    with pytest.raises(StillRunning, match="copy was still init after 60 s") as running:
        harness.connect(timeout=60).create_branch("copy")
    assert running.value.changed == "the branch copy was created."
    harness.sandbox.model.branches.pop(COPY)
    harness.respond_always("GET", "/branches/br-shop-sandbox-00000004", read_timeout)
    with pytest.raises(NoAnswer) as unseen:
        harness.connect(timeout=60).create_branch("copy")
    assert unseen.value.changed == "the branch copy was created."


def test_a_deletion_under_way_is_seen_while_neon_still_lists_it(
    neon: Neon, harness: Harness
) -> None:
    """Neon marks a branch that it is deleting."""
    create_copy(harness)
    listed = harness.ask("GET", "/branches").json()
    for branch in listed["branches"]:
        if branch["id"] == COPY:
            branch["pending_state"] = "storage_deleted"
    harness.respond_once("DELETE", COPY, sequence(harness.sandbox.api.handle, read_timeout))
    harness.respond_once("GET", "/branches", None, lambda r: httpx.Response(200, json=listed))
    assert neon.delete_branch("copy").id == COPY
    assert harness.writes_sent == [f"DELETE /branches/{COPY}"]


def test_a_key_that_may_not_change_the_project_changes_nothing(
    change: Change, neon: Neon, harness: Harness
) -> None:
    harness.respond_always(change.method, change.path, error_response(403))
    with pytest.raises(NotAuthorized) as error:
        change.run(neon)
    assert error.value.changed == "nothing."
    assert harness.writes_sent == [change.line]


def test_an_id_that_is_no_id_is_not_sent_in_a_path(neon: Neon, harness: Harness) -> None:
    """A compute's id is used in a path, so it is checked as Neon documents it."""
    create_copy(harness)
    compute = {"id": "../../branches", "host": "h", "branch_id": COPY, "type": "read_write"}
    answer = httpx.Response(200, json={"endpoints": [compute]})
    harness.respond_once("GET", "/endpoints", lambda request: answer)
    with pytest.raises(NeonRestoreError, match="not in Neon's form"):
        neon.remove_compute("copy")
    assert harness.writes_sent == []
    assert all(PROJECT in request.url.path for request in harness.sent)
