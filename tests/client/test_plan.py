"""Plans: what a restore would do, without doing it."""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neon_restore import (
    ConnectionString,
    Lsn,
    Neon,
    NeonError,
    NotFound,
    PlanOutdated,
    Refused,
    RestorePlan,
    TableRows,
)
from neon_sandbox.model.branches import update
from neon_sandbox.scenario import LAUNCH
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    DEVELOPMENT,
    PRODUCTION,
    PROJECT,
    TARGET,
    Harness,
    error_response,
)
from tests.harness import UNLIMITED

Pairs = Sequence[tuple[ConnectionString, ConnectionString]]


def test_a_plan_tells_all_that_a_restore_would_do(neon: Neon, harness: Harness) -> None:
    """A printed plan starts with the target, and stays within 88 columns; nothing is changed."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    assert (plan.where, plan.project_id) == (TARGET, PROJECT)
    assert plan.destination.name == plan.source.name == "production"
    assert plan.point == datetime(2026, 11, 20, 14, 31, tzinfo=UTC)
    assert plan.backup_name == BACKUP
    assert [database.name for database in plan.databases] == ["shop", "analytics"]
    assert {database.owner_name for database in plan.databases} == {"shop_owner"}
    (endpoint,) = plan.endpoints
    assert (endpoint.id, endpoint.host) == ("ep-shop-production-00000001", "224.0.0.0:1")
    assert [child.name for child in plan.children] == ["development"]
    assert plan.planned_at == datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
    assert len(plan.stays_behind) == 2
    assert len(plan.warnings) == 2
    lines = str(plan).splitlines()
    assert lines == [
        f"Plan for a restore on {TARGET}, project sandbox-shop-00000000",
        f"  Overwrite     production ({PRODUCTION}), root branch, default",
        "  With          its own history, at 2026-11-20T14:31:00Z, 9 minutes before now",
        "  Replace       all databases: shop, analytics",
        "  Schema        stays as it is",
        f"  Keep          the present state, as branch {BACKUP}",
        f"  Move          development ({DEVELOPMENT}), to the backup branch",
        "  Reconnect     ep-shop-production-00000001, same address",
        "  Stays behind  development: a child of the backup branch from now on. A rollback does",
        "                not move it back.",
        f"                {BACKUP}: Neon deletes no branch that",
        "                has children.",
        "  Warning       All databases go to the same point together; none can be left out.",
        "                production is the project's default branch.",
    ]
    assert max(map(len, lines)) <= 88
    assert harness.writes_sent == []


def test_a_plan_shows_the_migration_that_would_be_undone(neon: Neon, harness: Harness) -> None:
    """A minus marks what the restore removes; only databases that change are listed."""
    harness.commit("shop", "ALTER TABLE orders ADD COLUMN note text")
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    assert plan.schema_changes.keys() == {"shop"}
    assert "-ALTER TABLE orders ADD COLUMN note text" in plan.schema_changes["shop"]
    assert "  Schema        shop changes, see plan.schema_changes['shop']" in str(plan)


def test_a_plan_for_an_lsn_compares_at_that_lsn(neon: Neon, harness: Harness) -> None:
    """A plan with another branch as source compares with that branch."""
    lsn = harness.commit("shop", "CREATE TABLE notes ()")
    harness.commit("shop", "CREATE TABLE more_notes ()")
    plan = neon.plan_restore("production", lsn=lsn)
    assert plan.point == Lsn(lsn)
    assert f"its own history, at LSN {lsn}\n" in str(plan)
    assert "-CREATE TABLE more_notes ()" in plan.schema_changes["shop"]
    assert "-CREATE TABLE notes ()" not in plan.schema_changes["shop"]
    plan = neon.plan_restore("development", source="production")
    assert "+CREATE TABLE notes ()" in plan.schema_changes["shop"]


def test_a_plan_does_without_the_schema_if_it_must(neon: Neon, harness: Harness) -> None:
    """In an incident, a failed comparison delays nothing; the plan gives the reason."""
    harness.respond_once("GET", "/compare_schema", error_response(500, "not now"))
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    assert plan.schema_unknown == {"shop": "not now"}
    assert "shop was not compared: not now" in str(plan)


def test_a_schema_is_compared_by_itself(neon: Neon, harness: Harness) -> None:
    """`schema_diff` compares with another point in time, or with another branch."""
    harness.commit("shop", "CREATE TABLE notes ()")
    removed = neon.schema_diff("production", database="shop", at=BEFORE_DELETE)
    assert "-CREATE TABLE notes ()" in removed
    assert neon.schema_diff("production", database="analytics", at=BEFORE_DELETE) == ""
    added = neon.schema_diff("development", database="shop", source="production")
    assert "+CREATE TABLE notes ()" in added
    with pytest.raises(NotFound):
        neon.schema_diff("production", database="nothing", at=BEFORE_DELETE)
    assert harness.writes_sent == []


def test_a_plan_that_keeps_nothing_warns(neon: Neon) -> None:
    """The plan says that the restore cannot be undone, and labels a child branch as one."""
    plan = neon.plan_restore("development", source="production", discard_previous_state=True)
    printed = str(plan)
    assert f"development ({DEVELOPMENT}), child branch\n" in printed
    assert f"production ({PRODUCTION}), at head\n" in printed
    assert "Keep       nothing: the present state is discarded" in printed
    assert "this cannot be undone" in printed
    assert plan.stays_behind == ()


def test_a_plan_warns_before_a_limit_on_branches_is_reached(neon: Neon, harness: Harness) -> None:
    """The API states how many branches a project may have; root branches have another limit."""
    harness.sandbox.model.project.plan = replace(LAUNCH, branches=6)
    for number in range(3):
        plan = neon.plan_restore("production", at=BEFORE_DELETE)
        assert not any("branches" in warning for warning in plan.warnings)
        harness.create_branch(f"root {number}", schema_only=True)
    warnings = neon.plan_restore("production", at=BEFORE_DELETE).warnings
    assert [w for w in warnings if "branches" in w] == [
        "The project has 5 of 6 branches, and the backup is one more. Neon refuses a restore "
        "beyond the limit.",
        "The project has 4 of 5 root branches, and the backup is one more. Neon refuses a restore "
        "beyond the limit.",
    ]
    restored = neon.restore("production", at=BEFORE_DELETE)
    with pytest.raises(NeonError) as refused:
        neon.rollback(restored)
    assert refused.value.neon_message == "branches limit exceeded"


@pytest.mark.parametrize(
    ("pricing", "roots", "limit"),
    [("free", 2, 3), ("scale", 6, 0), ("scale", 24, 25), ("direct_sales", 30, 0)],
)
def test_the_limit_on_root_branches_is_that_of_the_pricing_plan(
    pricing: str, roots: int, limit: int, neon: Neon, harness: Harness
) -> None:
    """Of a plan whose limit is not known, nothing is said."""
    harness.sandbox.model.project.plan = replace(UNLIMITED, name=pricing)
    for number in range(roots - 1):
        harness.create_branch(f"root {number}", schema_only=True)
    warnings = neon.plan_restore("production", at=BEFORE_DELETE).warnings
    found = [w.partition(", and")[0] for w in warnings if "root branches" in w]
    assert found == ([f"The project has {roots} of {limit} root branches"] if limit else [])


def test_a_plan_is_carried_out_as_it_stands(neon: Neon, harness: Harness) -> None:
    """Point and backup name are those of the plan, however late the restore runs."""
    plan = neon.plan_restore("production", at=timedelta(minutes=10))
    harness.advance(minutes=7)
    restored = neon.restore(plan)
    assert restored.point == plan.point == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    assert restored.backup is not None
    assert restored.backup.name == plan.backup_name == BACKUP


@pytest.mark.parametrize(
    ("branch", "options"),
    [
        ("production", {"lsn": "of a commit"}),
        ("development", {"source": "production"}),
        ("development", {"source": "production", "discard_previous_state": True}),
        ("production", {"source": "development", "backup_name": "kept"}),
    ],
)
def test_every_kind_of_plan_can_be_carried_out(
    branch: str, options: dict[str, Any], neon: Neon, harness: Harness
) -> None:
    """A plan and its restore agree on point, source and backup branch."""
    if "lsn" in options:
        options = {"lsn": str(harness.storage.commits(PRODUCTION)[-3].lsn)}
    plan = neon.plan_restore(branch, **options)
    restored = neon.restore(plan)
    assert (restored.point, restored.intent.source) == (plan.point, plan.source)
    assert (restored.backup and restored.backup.name) == plan.backup_name


def test_a_plan_can_be_carried_out_by_another_process(neon: Neon) -> None:
    """Plans, pending restores and results survive pickling."""
    plan = pickle.loads(pickle.dumps(neon.plan_restore("production", at=BEFORE_DELETE)))  # noqa: S301
    assert isinstance(plan, RestorePlan)
    pending = pickle.loads(pickle.dumps(neon.begin_restore(plan)))  # noqa: S301
    restored = pickle.loads(pickle.dumps(neon.wait(pending)))  # noqa: S301
    assert neon.rollback(restored).backup is not None


CHANGED: dict[str, tuple[Callable[[Harness], object], str]] = {
    "restored": (
        Harness.restore_elsewhere,
        "production was restored or reset; its children were development",
    ),
    "renamed": (
        lambda harness: update(harness.sandbox.model, PRODUCTION, name="main"),
        "production was renamed to main",
    ),
    "gone": (lambda h: h.sandbox.model.branches.pop(PRODUCTION), "production is gone"),
    "more children": (
        lambda harness: harness.create_branch("feature"),
        "were development and are development, feature",
    ),
    "no children": (
        lambda harness: harness.sandbox.model.branches.pop(DEVELOPMENT),
        "its children were development and are none",
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_an_outdated_plan_is_not_carried_out(name: str, neon: Neon, harness: Harness) -> None:
    """The error lists what changed since the plan was made, and nothing is restored."""
    change, message = CHANGED[name]
    plan = neon.plan_restore("production", at=BEFORE_DELETE, backup_name="kept")
    change(harness)
    with pytest.raises(PlanOutdated, match=message) as refused:
        neon.restore(plan)
    assert harness.writes_sent == []
    assert refused.value.advice == "Make a new plan and read it."


def test_a_plan_whose_source_was_restored_is_not_carried_out(neon: Neon, harness: Harness) -> None:
    """A restore of the source gives it another head."""
    plan = neon.plan_restore("development", source="production")
    harness.restore_elsewhere()
    with pytest.raises(PlanOutdated, match="production was restored or reset"):
        neon.restore(plan)
    assert harness.writes_sent == []


def test_a_plan_for_a_child_holds_while_its_parent_is_the_same(
    neon: Neon, harness: Harness
) -> None:
    """What is kept of a child stays a child of its parent; the parent of a source is nothing."""
    harness.create_branch("other", schema_only=True)
    onto_child = neon.plan_restore("development", source="other")
    from_child = neon.plan_restore("other", source="development")
    harness.restore_elsewhere()
    with pytest.raises(PlanOutdated, match=r"made, the parent of development is now theirs\."):
        neon.restore(onto_child)
    assert harness.writes_sent == []
    neon.restore(from_child)


def test_a_plan_is_carried_out_once(neon: Neon) -> None:
    """The second time, the error is `PlanOutdated`, and not that the backup name is taken."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    neon.restore(plan)
    with pytest.raises(PlanOutdated):
        neon.restore(plan)


@pytest.mark.parametrize(
    "elsewhere", [{"project_id": "another"}, {"api_host": "https://console.neon.tech/api/v2"}]
)
def test_a_plan_has_one_target(elsewhere: dict[str, str], neon: Neon, harness: Harness) -> None:
    """A plan for a sandbox never reaches Neon or another project: no request is sent."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    harness.sent.clear()
    with pytest.raises(Refused, match=f"made for project sandbox-shop-00000000 on {TARGET}"):
        harness.connect(**elsewhere).restore(plan)
    assert harness.sent == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at", BEFORE_DELETE),
        ("lsn", "0/1"),
        ("source", "development"),
        ("backup_name", "x"),
        ("discard_previous_state", True),
    ],
)
def test_a_plan_stands_alone(name: str, value: Any, neon: Neon, harness: Harness) -> None:
    """Other arguments cannot override a plan."""
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    with pytest.raises(Refused, match="A plan was given together with other arguments"):
        neon.restore(plan, **{name: value})
    assert harness.writes_sent == []


def test_a_plan_that_the_window_has_overtaken_is_refused(neon: Neon, harness: Harness) -> None:
    """The client checks the rules again when it carries out a plan."""
    plan = neon.plan_restore("production", at="2026-11-20T08:30:00Z")
    harness.advance(days=1)
    with pytest.raises(Refused, match="before the history window"):
        neon.restore(plan)


def test_a_plan_leaves_out_what_does_not_apply(neon: Neon, harness: Harness) -> None:
    """The branch has one database, no children and no compute to reconnect."""
    harness.create_branch("idle")
    del harness.sandbox.branch("idle").databases["analytics"]
    plan = neon.plan_restore("idle", source="production")
    assert (plan.warnings, plan.endpoints) == ((), ())
    assert "all databases: shop\n" in str(plan)
    assert "Reconnect" not in str(plan)
    assert "Move" not in str(plan)


class Compared(list[list[str]]):
    """A comparison of rows that records the connections it gets."""

    def __init__(self, *tables: TableRows) -> None:
        super().__init__()
        self.tables = tables

    def __call__(self, pairs: Pairs) -> tuple[TableRows, ...]:
        """Record the host, the database and the point of each connection."""
        self.extend([f"{uri.host} {uri.database} {uri.options}" for uri in pair] for pair in pairs)
        return self.tables


def table(name: str, now: int, then: int, goes: int, comes_back: int) -> TableRows:
    """Return a table that was compared."""
    return TableRows(
        database="shop",
        schema="public",
        table=name,
        now=now,
        then=then,
        goes=goes,
        comes_back=comes_back,
    )


def test_a_plan_compares_rows_with_the_state_that_the_restore_brings(
    neon: Neon, harness: Harness
) -> None:
    """Each database is a pair of connections: the branch now, and the source at the point."""
    orders = table("orders", 0, 750, 0, 750)
    compare, host = Compared(orders), "224.0.0.0:1"
    plan = neon.plan_restore("production", at=BEFORE_DELETE, rows=compare)
    assert plan.rows == (orders,)
    past = f"neon_timestamp:{BEFORE_DELETE}"
    assert compare == [
        [f"{host} {name} None", f"{host} {name} {past}"] for name in ("shop", "analytics")
    ]
    assert len(neon.plan_restore("production", at=BEFORE_DELETE).rows) == 0
    compare.clear()
    copy = neon.create_branch("copy")
    neon.plan_restore("copy", source="production", rows=compare)
    (endpoint,) = harness.sandbox.model.endpoints_of(harness.sandbox.branch("copy"))
    assert compare[0] == [f"{endpoint.host} shop None", f"{host} shop None"]
    restored = neon.restore(copy.id, source="production")
    assert restored.backup is not None
    neon.add_compute(restored.backup.id)
    compare.clear()
    plan = neon.plan_rollback(restored, rows=compare)
    assert len(compare) == 2
    harness.sent.clear()
    neon.plan_restore("production", at=BEFORE_DELETE, rows=compare)
    assert harness.requests_sent.count("GET /connection_uri") == 2
    assert len(harness.requests_sent) == 8
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301
    assert harness.writes_sent == []


def test_a_plan_names_the_databases_that_only_one_state_has(neon: Neon, harness: Harness) -> None:
    """Of a past, the API lists no databases: there the plan does not say."""
    copy = harness.create_branch("copy")
    del harness.sandbox.branch("copy").databases["analytics"]
    plan = neon.plan_restore(copy, source="production")
    assert (plan.databases_lost, plan.databases_back) == ((), ("analytics",))
    lines = [line.strip() for line in str(plan).splitlines()]
    assert lines[lines.index("Replace    all databases: shop") + 1] == "brings back: analytics"
    plan = neon.plan_restore("production", source=copy)
    assert (plan.databases_lost, plan.databases_back) == (("analytics",), ())
    assert "removes: analytics\n" in str(plan)
    plan = neon.plan_restore("production", at=BEFORE_DELETE)
    assert (plan.databases_lost, plan.databases_back) == ((), ())


def test_an_empty_table_of_one_state_only_does_not_stay_as_it_is(neon: Neon) -> None:
    compare = Compared(
        TableRows(database="shop", schema="public", table="new", now=0, goes=0, comes_back=0)
    )
    plan = neon.plan_restore("production", at=BEFORE_DELETE, rows=compare)
    assert "shop public.new: 0 now, no table then: 0 go, 0 come back" in str(plan)


def test_a_plan_prints_the_tables_that_lose_most(neon: Neon) -> None:
    """It names twelve, and sums up the others and those that stay as they are."""
    about = TableRows(database="shop", schema="public", table="log", now=2_000_000, then=1)
    unknown = TableRows(database="analytics", reason="no read-write endpoint for branch")
    same = [table(f"same_{number}", 5, 5, 0, 0) for number in range(3)]
    changed = [table(f"t{number}", 9, 1009, number, 1000 + number) for number in range(12)]
    compare = Compared(unknown, about, *same, *changed)
    printed = str(neon.plan_restore("production", at=BEFORE_DELETE, rows=compare))
    rows = printed.partition("  Rows          ")[2].partition("\n  Keep")[0].split("\n")
    assert rows[0] == "shop public.t11: 9 now, 1,009 then: 11 go, 1,011 come back"
    assert rows[11].strip() == "shop public.t0: 9 now, 1,009 then: 0 go, 1,000 come back"
    assert [row.strip() for row in rows[12:]] == [
        "and 2 more, see plan.rows",
        "3 tables stay as they are",
    ]
    compare = Compared(unknown, about, same[0])
    printed = str(neon.plan_restore("production", at=BEFORE_DELETE, rows=compare))
    assert (
        "  Rows          analytics was not compared: no read-write endpoint for branch\n"
        "                shop public.log: about 2,000,000 now, about 1 then\n"
        "                1 table stays as it is\n"
    ) in printed


def test_a_database_that_cannot_be_connected_to_is_named(neon: Neon, harness: Harness) -> None:
    """A plan without its rows is better than none; the others are compared."""
    compare = Compared()
    harness.respond_once("GET", "/connection_uri", error_response(500, "not now"))
    plan = neon.plan_restore("production", at=BEFORE_DELETE, rows=compare)
    assert [(one.database, one.reason) for one in plan.rows] == [("shop", "not now")]
    assert len(compare) == 1
    restored = neon.restore("production", at=BEFORE_DELETE)
    plan = neon.plan_rollback(restored, rows=compare)
    assert {one.database for one in plan.rows} == {"shop", "analytics"}
    for one in plan.rows:
        assert one.reason is not None
        assert one.reason.startswith("no read-write endpoint for branch. Check that production_old")
    assert len(compare) == 1


@pytest.mark.parametrize("found", [ValueError("postgresql://role:" + "password@host"), None, 7])
def test_a_comparison_that_fails_stops_no_plan(found: Any, neon: Neon) -> None:
    """Its text may show a password, so the reason is only the kind of the error."""

    def compare(pairs: Pairs) -> Any:
        if isinstance(found, ValueError):
            raise found
        return found

    plan = neon.plan_restore("production", at=BEFORE_DELETE, rows=compare)
    reason = "ValueError" if found is not None and not isinstance(found, int) else "TypeError"
    assert [(one.database, one.reason) for one in plan.rows] == [
        ("shop", reason),
        ("analytics", reason),
    ]
    assert f"shop was not compared: {reason}" in str(plan)
