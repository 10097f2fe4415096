"""The choices on the page “How restore works”, and the results, which `make outputs` writes.

The client and the sandbox compute every result, so that the page needs no model. A refusal is the
client's error; any other choice is carried out, with the very command that the page offers.
"""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from itertools import product

import markdown
import msgspec

from neon_restore import Neon, NeonRestoreError, RestorePlan
from neon_sandbox.model import history
from neon_sandbox.points import write_instant
from neon_sandbox.scenario import Sandbox, instant
from neon_sandbox.storage.memory import Commit
from tests.docs.pictures import POINT, draws, shown, storage
from tools.docs.sandboxes import incident
from tools.docs.tree import ROOT
from tools.pictures.axis import clock
from tools.pictures.row_counts import parse_change, rows_after
from tools.pictures.svg import FIRST, LAST

NAMES = ("production", "development")
# The last is the head, which is not a point in time.
STOPS: tuple[datetime | None, ...] = (
    instant("07:00:00"),
    instant("08:30:00"),
    *(instant(f"09:{later}") for later in ("00:00", "00:01", "02:00", "05:00", "30:00", "45:00")),
    *(instant(f"{early}:00") for early in ("10:00", "11:00", "12:15", "13:20")),
    *(instant(f"14:{late}") for late in ("30:00", "31:00", "31:07", "32:00", "33:00", "40:00")),
    instant("14:50:00"),
    None,
)
START = STOPS.index(POINT)
FORMS = (("Python", "python", ".py"), ("Neon CLI", "bash", "_cli.sh"), ("curl", "bash", "_curl.sh"))
EXAMPLE = write_instant(POINT)
"""The point in time in the commands that the pages show."""
PLACE = "THE_POINT"
"""The placeholder for the point in time in the commands that the page's script fills in."""


class Command(msgspec.Struct, frozen=True):
    """A command that requests a restore to the point in time of the example, in one language."""

    label: str
    text: str
    language: str

    @property
    def html(self) -> str:
        """The command as HTML, like the blocks of the site, with `PLACE` as the point in time."""
        fence = f"```{self.language}\n{self.text.replace(EXAMPLE, PLACE)}```"
        return markdown.markdown(fence, extensions=["pymdownx.superfences", "pymdownx.highlight"])


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The result of a choice; if `refused` has the client's message, only `picture` is set too."""

    picture: int = -1
    says: str = ""
    refused: list[str] = []
    databases: list[tuple[str, str, str]] = []
    leaves: list[str] = []
    keeps: str = ""
    moves: list[str] = []
    schema: list[str] = []
    stays: tuple[str, ...] = ()


class Data(msgspec.Struct, frozen=True):
    """The contents of choices.json, which the page's script reads.

    Choices are named `BRANCH/SOURCE`. A stop has its form in commands and its label. `track` has
    the start and the end of the slider, as fractions of a picture's width.
    """

    place: str
    track: tuple[float, float]
    start: int
    stops: list[tuple[str, str]]
    branches: dict[str, list[tuple[str, str]]]
    commands: dict[str, list[tuple[str, str]]]
    answers: dict[str, list[Answer]]
    pictures: list[str]


def data() -> bytes:
    """Compute the result of every choice, and return them as JSON."""
    pictures: dict[str, int] = {}
    with incident() as sandbox:
        untouched = _drawn(sandbox)
        stops = [(write_instant(stop) if stop else "", _called(sandbox, stop)) for stop in STOPS]
    answers: dict[str, list[Answer]] = {}
    for branch, source in product(NAMES, NAMES):
        answers[f"{branch}/{source}"] = offered = []
        for stop, plan in zip(STOPS, _plans(branch, source), strict=True):
            if isinstance(plan, NeonRestoreError):
                answer, drawn = Answer(refused=str(plan).splitlines()), untouched
            else:
                answer, drawn = _carried_out(branch, source, stop, plan)
            place = pictures.setdefault(drawn, len(pictures))
            offered.append(msgspec.structs.replace(answer, picture=place))
    found = Data(
        place=PLACE,
        track=(FIRST / 100, LAST / 100),
        start=START,
        stops=stops,
        branches={
            own: [(own, "its own history"), *((name, name) for name in NAMES if name != own)]
            for own in NAMES
        },
        commands={
            key: [(command.label, command.html) for command in commands(*key.split("/"))]
            for key, offered in answers.items()
            if not all(answer.refused for answer in offered)
        },
        answers=answers,
        pictures=list(pictures),
    )
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def read() -> Data:
    """Read the results from choices.json."""
    return msgspec.json.decode((ROOT / "docs/pictures/choices.json").read_bytes(), type=Data)


@draws
def choice(sandbox: Sandbox, neon: Neon) -> str:
    """Draw what the page shows before a choice is made."""
    neon.restore("production", at=POINT)
    return _drawn(sandbox, POINT)


def commands(branch: str, source: str) -> list[Command]:
    """Return the commands to restore a branch from a source, made from those on the pages."""
    own = branch == source
    stem = "index/restore" if own else "branch-restore/from_head"
    found = []
    for label, language, ending in FORMS:
        text = (ROOT / f"snippets/{stem}{ending}").read_text("utf-8")
        if not own and branch == "production":
            parts = (part.replace("development", "production") for part in text.split("production"))
            text = "development".join(parts)
        found.append(Command(label, text, language))
    return found


def filled(text: str, stop: datetime | None) -> str:
    """Return a command with its point in time replaced, or unchanged if there is none."""
    return text.replace(EXAMPLE, write_instant(stop)) if stop else text


def _plans(branch: str, source: str) -> list[RestorePlan | NeonRestoreError]:
    """Return the client's plan, or its error, for each stop; a plan changes nothing."""
    found: list[RestorePlan | NeonRestoreError] = []
    with incident(), Neon() as neon:
        for stop in STOPS:
            try:
                found.append(neon.plan_restore(branch, at=stop, source=source))
            except NeonRestoreError as error:
                found.append(error)
    return found


def _carried_out(
    branch: str, source: str, stop: datetime | None, plan: RestorePlan
) -> tuple[Answer, str]:
    """Run the Python command of a choice; return the result and picture from the sandbox."""
    with incident() as sandbox:
        kept = storage(sandbox)
        before = kept.commits(plan.destination.id)
        databases = list(sandbox.branch(branch).databases)
        python = filled(commands(branch, source)[0].text, stop)
        with contextlib.redirect_stdout(None):
            exec(compile(python, "<command>", "exec"), {"__name__": "__main__"})  # noqa: S102
        branch_now, backup = sandbox.branch(branch), sandbox.branch(plan.backup_name or "")
        now = kept.commits(branch_now.id)
        assert kept.commits(backup.id) == before
        answer = Answer(
            says=_says(branch, source, stop, now[-1].time),
            databases=[(name, rows(before, name), rows(now, name)) for name in databases],
            leaves=[
                f"{clock(commit.time)} {' '.join(done.words)}, in {commit.database}"
                for commit in before
                if commit not in now and (done := parse_change(commit))
            ],
            keeps=backup.name,
            moves=[c.name for c in sandbox.model.children(backup) if c.id != branch_now.id],
            schema=list(plan.schema_changes),
            stays=plan.stays_behind,
        )
        return answer, _drawn(sandbox, stop)


def _drawn(sandbox: Sandbox, point: datetime | None = None) -> str:
    return shown(
        sandbox,
        since=instant("09:00:00"),
        point=point,
        axis_instants=STOPS,
        tables={"orders", "events"},
    )


def rows(commits: Sequence[Commit], database: str) -> str:
    """Return the row count of each table of a database after the commits, as text."""
    tables = rows_after(commits, database)
    return ", ".join(f"{rows} {table}" for table, rows in tables.items()) or "no tables"


def _says(branch: str, source: str, stop: datetime | None, resolved: datetime) -> str:
    if stop is None:
        return f"{branch} takes over what {source} holds now."
    if resolved == stop:
        return f"{branch} goes back to its commit of {resolved:%H:%M:%S}."
    last = f"its last commit at or before {stop:%H:%M:%S}"
    return f"{branch} goes back to {resolved:%H:%M:%S}, {last}."


def _called(sandbox: Sandbox, stop: datetime | None) -> str:
    production = sandbox.branch("production")
    if stop is None:
        return "none, the head of the source"
    if stop < history.oldest_instant(sandbox.model, production):
        what = "before the history window"
    elif stop > sandbox.clock.now():
        what = "in the future"
    elif stop == sandbox.clock.now():
        what = "now"
    else:
        commits = storage(sandbox).commits(production.id)
        done = next((done for c in commits if c.time == stop and (done := parse_change(c))), None)
        what = " ".join(done.words) if done else "between two commits"
    return f"{stop:%H:%M:%S}, {what}"
