"""Fault schedules, made only from a seed, for restores that differ in what they could lose."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import Any, Literal

from tests.client.harness import BEFORE_DELETE

AGO = timedelta(minutes=9)
"""The time from `BEFORE_DELETE` to the call, at 14:40:00."""
EARLIER = "2026-11-20T14:00:00Z"
DEADLINES = (5.0, 20.0, 60.0, 120.0, 600.0)
RETRY_AFTER = (0, 1, 2, 5, 30, 3600)
LATEST = 25.0
"""Seconds after the reset of its connection within which a late request arrives."""
LAST_EXCHANGE = 14
COUNTS = (0, 1, 1, 1, 2, 3)
"""How many faults a schedule has, as often as each number stands here."""


@dataclass(frozen=True)
class RestoreCase:
    """A restore: its branch, source and point in time, and whether it keeps a backup branch."""

    words: str
    branch: str = "production"
    source: str | None = None
    timestamp: str | None = None
    by_lsn: bool = False
    keeps: bool = True
    rollback: bool = False
    # Whether a first restore of production leaves the backup branch `before`.
    earlier: bool = False
    # Whether the call gives the timestamp as a timedelta.
    relative: bool = False

    @property
    def post(self) -> int:
        """The index of the exchange that sends the restore when there is no fault, from 0."""
        return 2 if self.timestamp else 1


RESTORE_CASES = (
    RestoreCase("own history at a time", timestamp=BEFORE_DELETE),
    RestoreCase("own history at an LSN", by_lsn=True),
    RestoreCase("another branch at its head", source="development"),
    RestoreCase("another root at a time", source="before", timestamp=BEFORE_DELETE, earlier=True),
    RestoreCase("a child from its parent", branch="development", source="production"),
    RestoreCase("a rollback", source="before", rollback=True, earlier=True),
    RestoreCase("keeping nothing", branch="development", source="production", keeps=False),
)


RELATIVE_CASE = RestoreCase("own history nine minutes ago", timestamp=BEFORE_DELETE, relative=True)


class Fault(StrEnum):
    """A fault in an exchange."""

    REFUSED = "the connection is refused"
    LOST = "the request never arrives and the connection is reset"
    SILENCE = "the request never arrives and the read times out"
    RESET = "the server acts and the answer is reset"
    TIMEOUT = "the server acts and the read times out"
    LATE = "the connection is reset and the request arrives late"
    CUT = "the answer has half its body"
    BROKEN_OFF = "the connection ends within the answer's body"
    TWICE_FIRST = "delivered twice at once, the first answer is seen"
    TWICE_SECOND = "delivered twice, the second answer is seen"
    HTML_502 = "502 with HTML"
    HTML_503 = "503 with HTML"
    HTML_504 = "504 with HTML"
    JSON_500 = "500 in Neon's form"
    HTML_200 = "200 with HTML"
    EMPTY_200 = "200 with nothing"
    LACKING_200 = "200 with JSON that lacks fields"
    LIMITED = "429 with Retry-After in seconds"
    LIMITED_UNTIL = "429 with Retry-After as a date"
    BUSY = "423"
    UNAVAILABLE = "503 in Neon's form"
    DELAY = "the answer is delayed"
    NO_OPERATIONS = "the server acts and the answer has no operations"
    ENDED_OPERATIONS = "the server acts and the answer has ended operations of another request"
    OTHER_OPERATIONS = "the server acts and the answer has operations of another branch"
    OTHER_BRANCH = "the server acts and the answer is about another branch"
    REDIRECT = "307 to another address"
    HTML_403 = "403 with HTML"
    HTML_404 = "404 with HTML"
    HTML_429 = "429 with HTML"
    DRIPPED = "the server acts and the answer comes a byte at a time"
    INTERIM = "the server acts and 103 comes again and again"


FIRST_FAULTS = tuple(Fault)[: tuple(Fault).index(Fault.DELAY) + 1]
"""The faults of the first schedules, which are kept as they are."""
ANSWERS = (
    Fault.NO_OPERATIONS,
    Fault.ENDED_OPERATIONS,
    Fault.OTHER_OPERATIONS,
    Fault.OTHER_BRANCH,
)
"""Faults in the answer to a restore; in other answers they change nothing."""
GATEWAYS = (Fault.REDIRECT, Fault.HTML_403, Fault.HTML_404, Fault.HTML_429)
"""Faults of what stands between the client and Neon."""
SLOW = (Fault.DRIPPED, Fault.INTERIM)
"""Faults of an answer that does not end; only over TCP."""
HTML = {"html": "<html><body><h1>Bad gateway</h1></body></html>"}
INTERNAL = {"request_id": "failed", "code": "", "message": "internal server error"}
IN_NEONS_PLACE: dict[Fault, tuple[int, dict[str, Any]]] = {
    Fault.HTML_502: (502, HTML),
    Fault.HTML_503: (503, HTML),
    Fault.HTML_504: (504, HTML),
    Fault.JSON_500: (500, {"json": INTERNAL}),
    Fault.HTML_200: (200, HTML),
    Fault.EMPTY_200: (200, {}),
    Fault.LACKING_200: (200, {"json": {"status": "ok"}}),
    Fault.REDIRECT: (307, {"headers": {"Location": "https://login.invalid/"}, **HTML}),
    Fault.HTML_403: (403, HTML),
    Fault.HTML_404: (404, HTML),
    Fault.HTML_429: (429, HTML),
}
"""The status and the content that a gateway between the client and Neon sends."""


class Event(StrEnum):
    """An event during the call that is not a fault of the network."""

    FAILS = "the operations fail"
    CANCELLED = "the operations that run are cancelled"
    CONCURRENT_RESTORE = "a second person restores to an earlier point"
    DUPLICATE_RESTORE = "a second person sends the same restore under the same name"
    DELETED = "a second person deletes a branch"
    INTERRUPTED_BEFORE = "interrupted before the request arrives"
    INTERRUPTED_AFTER = "interrupted before the answer arrives"
    INTERRUPTED_LATER = "interrupted a moment later"
    RESTORED_BEFORE = "a second person's restore begins and ends before the request arrives"
    LATE_DATES = "operations are dated five seconds late from now on"
    FLICKER = "lists leave the backup out, now and then, from now on"


INTERRUPTIONS = (Event.INTERRUPTED_BEFORE, Event.INTERRUPTED_AFTER, Event.INTERRUPTED_LATER)


FIRST_EVENTS = tuple(Event)[: tuple(Event).index(Event.INTERRUPTED_LATER) + 1]


@dataclass(frozen=True)
class Injection:
    """An injected fault, with its delay, the time between two deliveries, or the Retry-After."""

    fault: Fault
    seconds: float = 0.0
    # Whether the server acts although a gateway answers the request.
    acts: bool = True

    def __str__(self) -> str:
        acts = ", the server acted" if self.acts and self.fault in IN_NEONS_PLACE else ""
        length = f" {self.seconds:g} s" if self.seconds else ""
        return f"{self.fault}{length}{acts}"


@dataclass(frozen=True)
class Schedule:
    """A call, with its faults and events by the index of the exchange or POST, from 0."""

    seed: int
    task: RestoreCase
    kind: Literal["sync", "async"]
    deadline: float
    name: str | None
    skew: int = 0
    injections: dict[int, Injection] = field(default_factory=dict)
    post_injections: dict[int, Injection] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    deletes: Literal["destination", "source", "backup"] = "destination"
    protected: bool = False


def made(seed: int) -> Schedule:
    """Return the schedule of a seed, in half of all cases with what later schedules have too."""
    schedule = made_at_first(seed)
    rng = Random(f"more, {seed}")  # noqa: S311 - repeatable is what it has to be
    return _with_more(schedule, rng) if rng.random() < 0.5 else schedule


def _with_more(schedule: Schedule, rng: Random) -> Schedule:
    """Add faults of Neon's answers, of lists and of time, and second restores."""
    task, injections = schedule.task, schedule.injections
    post_injections, events = schedule.post_injections, schedule.events
    if rng.random() < 0.5:
        acts = rng.random() < 0.5
        first = Injection(rng.choice(ANSWERS + GATEWAYS), acts=acts)
        post_injections = {0: first, **post_injections}
    if rng.random() < 0.6:
        event = rng.choice((Event.RESTORED_BEFORE, Event.LATE_DATES, Event.FLICKER))
        at = task.post if event is Event.RESTORED_BEFORE else rng.randrange(task.post + 3)
        events = {at: event, **events}
    if task.timestamp and not task.source and rng.random() < 0.5:
        task = RELATIVE_CASE
        waits = {at: Injection(Fault.LIMITED, 20.0) for at in range(rng.randrange(4))}
        injections = {**waits, **injections}
    return replace(
        schedule,
        task=task,
        injections=injections,
        post_injections=post_injections,
        events=events,
    )


def made_at_first(seed: int) -> Schedule:
    """Return the schedule of a seed with the faults and events that were there first."""
    rng = Random(seed)  # noqa: S311 - repeatable is what it has to be
    task = rng.choice(RESTORE_CASES)
    events = {_place(rng, task): rng.choice(FIRST_EVENTS)} if rng.random() < 0.35 else {}
    injections = {_place(rng, task): _injection(rng, task) for _ in range(rng.choice(COUNTS))}
    post_injections = {
        rng.choice((0, 0, 1, 1, 2)): _injection(rng, task) for _ in range(rng.choice(COUNTS))
    }
    explicit = (
        set(events.values()) & {*INTERRUPTIONS, Event.DUPLICATE_RESTORE} or rng.random() < 0.5
    )
    return Schedule(
        seed=seed,
        task=task,
        kind="async" if seed % 2 else "sync",
        deadline=rng.choice(DEADLINES),
        name="kept" if explicit else None,
        skew=rng.choice((-5, 3)) if rng.random() < 0.08 else 0,
        injections=injections,
        post_injections=post_injections,
        events=events,
        deletes=rng.choice(("destination", "source", "backup")),
        protected=rng.random() < 0.15,
    )


def _place(rng: Random, task: RestoreCase) -> int:
    """Return the index of an exchange, often that of the restore or the next one."""
    near = (task.post, task.post, task.post, task.post + 1)
    return rng.choice((*near, rng.randrange(LAST_EXCHANGE), rng.randrange(LAST_EXCHANGE)))


def _injection(rng: Random, task: RestoreCase) -> Injection:
    fault = rng.choice(FIRST_FAULTS)
    seconds = 0.0
    if fault is Fault.LATE:
        seconds = round(rng.uniform(0.1, LATEST), 1)
    elif fault in (Fault.TWICE_FIRST, Fault.TWICE_SECOND) and task.keeps:
        apart = rng.choice((0.0, 2.0, 8.0))
        # Only a sender that has seen no response sends a later copy. Without a backup name, no
        # client can prevent a later copy from being carried out too.
        seconds = apart if fault is Fault.TWICE_SECOND else 0.0
    elif fault in (Fault.LIMITED, Fault.LIMITED_UNTIL):
        seconds = rng.choice(RETRY_AFTER)
    elif fault is Fault.DELAY:
        seconds = round(rng.uniform(0.5, 90), 1)
    return Injection(fault, seconds, acts=rng.random() < 0.5)
