"""The incident: the scenario of every page, example and test.

It happens on 2026-11-20, unless a caller moves it; all times are in UTC. At 14:31:07 a shop's
orders are deleted by mistake. At 14:33:00 another database of the same branch gets rows that must
not be lost.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from neon_sandbox.api import Api, RateLimits
from neon_sandbox.api.api import DEFAULT_LIMITS
from neon_sandbox.clock import Clock, SteppedClock
from neon_sandbox.model import Branch, EndpointOptions, Model, PricingPlan, Project, rules
from neon_sandbox.model.bootstrap import create_project
from neon_sandbox.model.branches import create
from neon_sandbox.points import Position
from neon_sandbox.storage import MemoryStorage, Storage

INCIDENT_END = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
"""When the sandbox's clock starts, unless ``end`` says otherwise."""

API_HOST = "http://127.0.0.1:14310/api/v2"
API_KEY = "sandbox-key-useless-elsewhere"
PROJECT_ID = "sandbox-shop-00000000"
ROLE = "shop_owner"
PASSWORD = "sandbox-password"  # noqa: S105 - meant to be read by everybody

LAUNCH = PricingPlan(
    "launch",
    default_window=timedelta(days=1),
    largest_window=timedelta(days=7),
    # [rule: branch-limit] [rule: root-branch-limit] [rule: protected-limit] [rule: snapshot-limit]
    branches=10,
    root_branches=5,
    protected_branches=2,
    manual_snapshots=100,
    snapshot_schedules=True,
)

_CUSTOMERS = """\
CREATE TABLE customers (
    id integer PRIMARY KEY,
    name text NOT NULL
)"""
_ORDERS = """\
CREATE TABLE orders (
    id integer PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers,
    cents integer NOT NULL
)"""
_EVENTS = """\
CREATE TABLE events (
    id integer PRIMARY KEY,
    page text NOT NULL
)"""
_NEW_ORDERS = (
    "INSERT INTO orders (id, customer_id, cents) "
    "SELECT n, n % 40 + 1, 500 + n * 37 % 9500 FROM generate_series({}, {}) AS n"
)
_NEW_EVENTS = (
    "INSERT INTO events (id, page) "
    "SELECT n, '/products/' || n % 25 + 1 FROM generate_series({}, {}) AS n"
)
_BEFORE_DEVELOPMENT = (
    ("09:00:00", "shop", _CUSTOMERS),
    ("09:00:01", "shop", _ORDERS),
    ("09:02:00", "analytics", _EVENTS),
    (
        "09:05:00",
        "shop",
        "INSERT INTO customers (id, name) "
        "SELECT n, 'Customer ' || n FROM generate_series(1, 40) AS n",
    ),
    ("09:30:00", "shop", _NEW_ORDERS.format(1, 400)),
    ("09:45:00", "analytics", _NEW_EVENTS.format(1, 1000)),
)
_AFTER_DEVELOPMENT = (
    ("11:00:00", "shop", "ALTER TABLE orders ADD COLUMN shipped boolean NOT NULL DEFAULT false"),
    ("12:15:00", "shop", _NEW_ORDERS.format(401, 700)),
    ("13:20:00", "analytics", _NEW_EVENTS.format(1001, 2400)),
    ("14:30:00", "shop", _NEW_ORDERS.format(701, 750)),
    ("14:31:07", "shop", "DELETE FROM orders"),
    ("14:33:00", "analytics", _NEW_EVENTS.format(2401, 2500)),
)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox: model, API, clock, storage, and the environment variables for a client."""

    model: Model
    api: Api
    clock: Clock
    storage: Storage
    environment: dict[str, str]
    end: datetime

    def instant(self, time_of_day: str) -> datetime:
        """Return a time of the incident, such as ``14:31:07``, as an instant in UTC."""
        return instant(time_of_day, self.end)

    def branch(self, name: str) -> Branch:
        """Return the branch with a name; raise ``KeyError`` if there is none."""
        return {branch.name: branch for branch in self.model.branches.values()}[name]

    def run_until_idle(self) -> None:
        """Call the function `run_until_idle` while the API handles no request."""
        with self.api.lock:
            run_until_idle(self.model)

    def commit(self, branch: str, database: str, sql: str) -> Position:
        """Run ``sql`` on the branch with a name, as its owner, in a transaction committed now."""
        branch_id = self.branch(branch).id
        return self.storage.commit(branch_id, database, sql, role=ROLE, at=self.clock.now())


def instant(time_of_day: str, end: datetime = INCIDENT_END) -> datetime:
    """Return a time of an incident with this end, such as ``14:31:07``, as an instant in UTC."""
    return datetime.fromisoformat(f"2026-11-20T{time_of_day}Z") + (end - INCIDENT_END)


def run_until_idle(model: Model) -> None:
    """Wait until all operations have ended; a `SteppedClock` is advanced to that time."""
    while ends_at := model.idle_at():
        ahead = ends_at - model.now()
        if ahead > timedelta() and isinstance(model.clock, SteppedClock):
            model.clock.advance(ahead)
        else:
            # The clock runs by itself, or a storage job is still running in real time.
            time.sleep(0.01)


def incident(
    clock: Clock | None = None,
    storage: Storage | None = None,
    *,
    password: str = PASSWORD,
    limits: RateLimits | None = DEFAULT_LIMITS,
    operation_durations: Mapping[str, timedelta] = rules.OPERATION_DURATIONS,
    ephemeral_idle_timeout: timedelta = timedelta(seconds=30),
    plan: PricingPlan = LAUNCH,
    child_restores: bool = False,
    end: datetime = INCIDENT_END,
) -> Sandbox:
    """Return a sandbox after the incident: by default, a stepped clock at 14:40:00 and no rows.

    A given clock must start at ``end`` or at most seven minutes earlier, and all times of the
    incident move with ``end``; a given storage must be empty. If ``operation_durations`` is empty,
    operations take exactly as long as their storage jobs. An ephemeral compute stops
    ``ephemeral_idle_timeout`` after its last query. ``child_restores`` accepts restores of child
    branches to a point in time, as seen on Neon; its documentation and the default reject them. Key
    and password are published: what listens on a port has others.
    """
    at = partial(instant, end=end)
    past = SteppedClock(at("08:00:00"))
    storage = MemoryStorage() if storage is None else storage
    window, created = plan.default_window, past.now()
    model = Model(
        Project(PROJECT_ID, "shop", plan, "aws-us-east-2", 18, created, created, window, created),
        past,
        storage,
        operation_durations=operation_durations,
        ephemeral_idle_timeout=ephemeral_idle_timeout,
        child_restores=child_restores,
    )
    production = create_project(
        model, "production", role=ROLE, password=password, databases=("shop", "analytics")
    )
    run_until_idle(model)
    for time_of_day, database, sql in _BEFORE_DEVELOPMENT:
        storage.commit(production.id, database, sql, role=ROLE, at=at(time_of_day))
    past.advance_to(at("10:00:00"))
    create(
        model,
        name="development",
        endpoints=[("read_write", EndpointOptions())],
        label="development",
    )
    run_until_idle(model)
    for time_of_day, database, sql in _AFTER_DEVELOPMENT:
        storage.commit(production.id, database, sql, role=ROLE, at=at(time_of_day))
    model.clock = SteppedClock(end) if clock is None else clock
    return Sandbox(
        model=model,
        api=Api(model, key=API_KEY, limits=limits),
        clock=model.clock,
        storage=storage,
        environment={
            "NEON_API_HOST": API_HOST,
            "NEON_API_KEY": API_KEY,
            "NEON_PROJECT_ID": PROJECT_ID,
        },
        end=end,
    )
