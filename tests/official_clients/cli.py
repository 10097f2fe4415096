"""Runs the unmodified Neon CLI: each of its commands about branches and data, with each option."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from neon_sandbox.scenario import PROJECT_ID, ROLE
from tests.official_clients.measurement import Outcome, Result
from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness
from tests.sandbox.neon_cli import program
from tests.sandbox.neon_cli.program import INCIDENT
from tests.sandbox.neon_cli.snapshots import good, previewed, scheduled
from tests.sandbox.test_snapshots import listed, taken

CLIENTS = ("CLI",)

Expected = str | Mapping[str, Any] | Callable[[program.Outcome], object]

GROUPS = (
    *("branches", "databases", "operations", "orgs", "projects", "roles", "snapshots"),
    "snapshots schedule",
)
"""Commands with commands below them."""
OUTSIDE = frozenset(
    {
        *("api", "api-keys", "ask", "auth", "bootstrap", "buckets", "claim", "completion"),
        *("config", "credentials", "data-api", "deploy", "dev", "env", "functions", "git"),
        *("init", "inspect", "ip-allow", "link", "logs", "mcp", "neon-auth", "open", "plugins"),
        *("profile", "skills", "status", "triggers", "vpc"),
    }
)
"""Commands that reach other products of Neon, its Console, or files on the user's machine."""
ELSEWHERE = frozenset({"--project-id", "--psql"})
"""An option that every line has, and one that needs rows: `drivers` measures it."""
WITHOUT_A_LINE = re.compile("projects create .*|checkout --env|psql.*")
"""Options of what is outside the scope or needs a file, and a command that `drivers` measures."""

JSON = "--output json"
SHOP = "--database-name shop"
EXPIRY = "2026-12-31T00:00:00Z"
GOOD, LAST = "14:30:00", "14:33:00"
SNAPSHOT = "snap-shop-sandbox-00000001"
KEEP = "--preserve-under-name kept"


@dataclass(frozen=True)
class Line:
    """A command line, what it has to bring about, and what the incident needs before it."""

    text: str
    expected: Expected
    before: Callable[[Harness], object] | None = None


def heads(**times: str) -> Callable[[program.Outcome], bool]:
    """Expect the heads of the incident, but for these."""
    return lambda outcome: outcome.heads == INCIDENT | times


def head(name: str, time: str) -> Callable[[program.Outcome], bool]:
    """Expect the head of the branch with a name."""
    return lambda outcome: outcome.heads.get(name) == time


def branch(name: str, **fields: Any) -> Callable[[program.Outcome], bool]:
    """Expect fields of the branch with a name."""
    return lambda outcome: outcome.harness.named(name).items() >= fields.items()


def compute(branch: str, **fields: Any) -> Callable[[program.Outcome], bool]:
    """Expect a compute with fields on the branch with a name."""

    def has(outcome: program.Outcome) -> bool:
        path = f"/branches/{outcome.harness.named(branch)['id']}/endpoints"
        found = outcome.harness.get(path)["endpoints"]
        return any(one.items() >= fields.items() for one in found)

    return has


def project(**fields: Any) -> Callable[[program.Outcome], bool]:
    """Expect fields of the project."""
    return lambda outcome: bool(outcome.harness.get("")["project"].items() >= fields.items())


def only(names: list[str], kind: str = "databases") -> Callable[[program.Outcome], bool]:
    """Expect the names of production's databases or roles."""
    return lambda outcome: sorted(outcome.harness.names_in(PRODUCTION, kind)) == names


def snapshot(**fields: Any) -> Callable[[program.Outcome], bool]:
    """Expect fields of the only snapshot."""
    return lambda outcome: (
        [one.items() >= fields.items() for one in listed(outcome.harness)] == [True]
    )


def schedule(*entries: Mapping[str, Any]) -> Callable[[program.Outcome], bool]:
    """Expect production's schedule of snapshots."""
    path = f"/branches/{PRODUCTION}/backup_schedule"
    return lambda outcome: outcome.harness.get(path)["schedule"] == list(entries)


def context(**fields: str) -> Callable[[program.Outcome], bool]:
    """Expect fields in the file of the context."""

    def has(outcome: program.Outcome) -> bool:
        text = (outcome.home / ".neon").read_text("utf-8")
        return all(f'"{name}": "{value}"' in text for name, value in fields.items())

    return has


def unchanged(outcome: program.Outcome) -> bool:
    """Expect a comparison of schemas that finds no difference."""
    return outcome.stdout.splitlines()[1:2] == outcome.stdout.splitlines()[1:] != []


def without_secrets(outcome: program.Outcome) -> bool:
    """Expect no password in the output."""
    path = f"/branches/{PRODUCTION}/roles/{ROLE}/reveal_password"
    return outcome.harness.get(path)["password"] not in outcome.stdout


def with_feature(harness: Harness) -> None:
    """Create a branch without compute."""
    harness.created("feature")


def with_reader(harness: Harness) -> None:
    """Create a role."""
    harness.do("POST", f"/branches/{PRODUCTION}/roles", {"role": {"name": "reader"}})


def restored(harness: Harness) -> None:
    """Restore production, so that its previous state is in a backup branch."""
    harness.rewound()


CREATE, RESTORE, ADD = "branches create --name f", "branches restore", "branches add-compute"
STRING, DIFF = "connection-string production", "branches schema-diff"
UPDATE, SCHEDULE = f"projects update {PROJECT_ID}", "snapshots schedule set"
LINES = (
    Line(f"branches list {JSON}", '"name": "development"'),
    Line("branches list", "production"),
    Line("branches list --output yaml", "name: development"),
    Line(f"branches get development {JSON}", {"id": DEVELOPMENT}),
    Line(f"branches get {DEVELOPMENT} {JSON}", {"name": "development"}),
    Line("branches get production", "production"),
    Line(CREATE, compute("f", type="read_write")),
    Line("branches create", lambda outcome: len(outcome.harness.names()) == 3),
    Line(f"{CREATE} --no-compute", lambda o: not compute("f")(o) and head("f", LAST)(o)),
    Line(f"{CREATE} --compute", compute("f")),
    Line(f"{CREATE} --parent development", branch("f", parent_id=DEVELOPMENT)),
    Line(f"{CREATE} --parent {DEVELOPMENT}", branch("f", parent_id=DEVELOPMENT)),
    Line(f"{CREATE} --parent {BEFORE_DELETE}", heads(f=GOOD)),
    Line(f"{CREATE} --parent {{good}}", heads(f=GOOD)),
    Line(f"{CREATE} --type read_only", compute("f", type="read_only")),
    Line(f"{CREATE} --suspend-timeout 600", compute("f", suspend_timeout_seconds=600)),
    Line(f"{CREATE} --cu 2", compute("f", autoscaling_limit_min_cu=2)),
    Line(f"{CREATE} --cu 0.5-3", compute("f", autoscaling_limit_max_cu=3)),
    Line(f"{CREATE} --schema-only", branch("f", init_source="schema-only")),
    Line(f"{CREATE} --expires-at {EXPIRY}", branch("f", expires_at=EXPIRY)),
    Line(f"{CREATE} --protected", branch("f", protected=True)),
    Line(f"{CREATE} --no-secrets {JSON}", without_secrets),
    Line(f"{CREATE} --secrets {JSON}", {"branch": {"name": "f"}}),
    Line("branches reset development --parent", heads(development=LAST)),
    Line(f"branches reset {DEVELOPMENT} --parent", heads(development=LAST)),
    Line(f"branches reset development --parent {KEEP}", heads(development=LAST, kept="09:45:00")),
    Line(f"{RESTORE} production ^self@{BEFORE_DELETE} {KEEP}", heads(production=GOOD, kept=LAST)),
    Line(f"{RESTORE} production ^self@{{good}} {KEEP}", heads(production=GOOD, kept=LAST)),
    Line(f"{RESTORE} {PRODUCTION} ^self@{{good}} {KEEP}", heads(production=GOOD, kept=LAST)),
    Line(f"{RESTORE} development ^parent", heads(development=LAST)),
    Line(f"{RESTORE} development ^parent@{BEFORE_DELETE}", head("development", GOOD)),
    Line(f"{RESTORE} development production", heads(development=LAST)),
    Line(f"{RESTORE} development {PRODUCTION}", heads(development=LAST)),
    Line(f"{RESTORE} development ^self@2026-11-20T10:30:00Z {KEEP}", head("kept", "09:45:00")),
    Line(f"{RESTORE} production before", heads(production=LAST, before=LAST), restored),
    Line(f"{RESTORE} production before@{{good}} {KEEP}", head("kept", GOOD), restored),
    Line("branches rename development dev", branch("dev", id=DEVELOPMENT)),
    Line(f"branches rename {DEVELOPMENT} dev {JSON}", {"name": "dev"}),
    Line("branches set-default development", branch("development", default=True)),
    Line(
        f"branches set-expiration development --expires-at {EXPIRY}",
        branch("development", expires_at=EXPIRY),
    ),
    Line("branches set-expiration development", lambda o: "expires_at" not in o.stdout),
    Line(f"{ADD} before --type read_write", compute("before", type="read_write"), restored),
    Line(f"{ADD} production", compute("production", type="read_only")),
    Line(f"{ADD} production --type read_only", compute("production", type="read_only")),
    Line(f"{ADD} production --cu 2", compute("production", autoscaling_limit_min_cu=2)),
    Line(f"{ADD} production --cu 0.5-3", compute("production", autoscaling_limit_max_cu=3)),
    Line(f"{ADD} production --name reports", compute("production", name="reports")),
    Line("branches delete feature", heads(), with_feature),
    Line("branches delete development", lambda o: o.harness.names() == {"production"}),
    Line(f"{DIFF} production development --database shop", "shipped"),
    Line(f"{DIFF} development ^parent --database shop", "shipped"),
    Line(f"{DIFF} production ^self@2026-11-20T10:30:00Z --db shop", "shipped"),
    Line(f"{DIFF} production ^self@{{good}} --database shop", unchanged),
    Line(f"{DIFF} production ^self@2026-11-20T10:30:00Z", "shipped"),
    Line("diff production --branch development --database shop", "shipped"),
    Line("diff production -b development", "shipped"),
    Line("diff --branch development --db shop", "shipped"),
    Line(f"databases list {JSON}", '"name": "shop"'),
    Line("databases list --branch development", "analytics"),
    Line("databases create --name extra", only(["analytics", "extra", "shop"])),
    Line(
        "databases create --name extra --owner-name shop_owner",
        only(["analytics", "extra", "shop"]),
    ),
    Line(f"databases create --name extra --branch development {JSON}", {"name": "extra"}),
    Line("databases delete shop", only(["analytics"])),
    Line(f"databases delete shop --branch {PRODUCTION}", only(["analytics"])),
    Line(f"roles list {JSON}", '"name": "shop_owner"'),
    Line("roles list --branch development", "shop_owner"),
    Line("roles create --name reader", only(["reader", "shop_owner"], "roles")),
    Line("roles create --name reader --no-login", only(["reader", "shop_owner"], "roles")),
    Line(f"roles create --name reader --branch development {JSON}", {"name": "reader"}),
    Line("roles delete reader", only(["shop_owner"], "roles"), with_reader),
    Line("roles delete reader --branch production", only(["shop_owner"], "roles"), with_reader),
    Line("operations list", "start_compute", restored),
    Line(f"operations list {JSON}", '"action": "create_branch"', restored),
    Line(f"{STRING} {SHOP}", "/shop?sslmode=require&channel_binding=require"),
    Line(f"connection-string {SHOP}", "shop_owner"),
    Line(f"cs {PRODUCTION} {SHOP}", "shop_owner"),
    Line(f"{STRING} {SHOP} --pooled", "-pooler"),
    Line(f"{STRING} {SHOP} --prisma", "connect_timeout="),
    Line(f"{STRING} {SHOP} --prisma --pooled", "pgbouncer=true"),
    Line(f"{STRING} {SHOP} --endpoint-type read_write", "shop_owner"),
    Line(f"{STRING} {SHOP} --endpoint-type read_only", "shop_owner", lambda h: add_reader(h)),
    Line(f"{STRING} {SHOP} --extended {JSON}", {"database": "shop", "role": "shop_owner"}),
    Line(f"{STRING} {SHOP} --role-name shop_owner", "shop_owner"),
    Line(f"{STRING} {SHOP} --ssl omit", lambda outcome: "sslmode" not in outcome.stdout),
    Line(f"{STRING} {SHOP} --ssl verify-ca", "sslmode=verify-ca"),
    Line(f"{STRING} {SHOP} --ssl verify-full", "sslmode=verify-full"),
    Line(f"{STRING}@{BEFORE_DELETE} {SHOP}", "neon_timestamp%3A2026-11-20"),
    Line(f"{STRING}@{{good}} {SHOP}", "neon_lsn%3A0%2F"),
    Line(f"projects list {JSON}", PROJECT_ID),
    Line("projects list", PROJECT_ID),
    Line(f"projects list --org-id org-sandbox-00000000 {JSON}", PROJECT_ID),
    Line(f"projects list --recoverable-only {JSON}", "[]"),
    Line(f"projects get {PROJECT_ID} {JSON}", {"history_retention_seconds": 86_400}),
    Line(f"projects get {PROJECT_ID}", PROJECT_ID),
    Line(f"{UPDATE} --name store", project(name="store")),
    Line(
        f"{UPDATE} --cu 0.5-2",
        project(
            default_endpoint_settings={
                "autoscaling_limit_min_cu": 0.5,
                "autoscaling_limit_max_cu": 2,
            }
        ),
    ),
    Line(f"{UPDATE} --hipaa", lambda o: o.harness.get("")["project"]["settings"]["hipaa"]),
    Line(
        f"{UPDATE} --enable-logical-replication --yes",
        lambda o: o.harness.get("")["project"]["settings"]["enable_logical_replication"],
    ),
    Line(
        f"{UPDATE} --block-public-connections",
        lambda o: o.harness.get("")["project"]["settings"]["block_public_connections"],
    ),
    Line(
        f"{UPDATE} --block-vpc-connections",
        lambda o: o.harness.get("")["project"]["settings"]["block_vpc_connections"],
    ),
    Line("projects create --name other", "other"),
    Line(f"projects delete {PROJECT_ID}", PROJECT_ID),
    Line(f"projects recover {PROJECT_ID}", PROJECT_ID),
    Line(f"snapshots list {JSON}", '"name": "good"', good),
    Line("snapshots list", "good", good),
    Line(f"snapshots get good {JSON}", {"id": SNAPSHOT}, good),
    Line(f"snapshots get {SNAPSHOT} {JSON}", {"name": "good"}, good),
    Line("snapshots create", lambda outcome: len(listed(outcome.harness)) == 1),
    Line("snapshots create --branch production --name now", snapshot(name="now")),
    Line(f"snapshots create -b {PRODUCTION} --name now", snapshot(name="now")),
    Line("snapshots create --slug now", snapshot(slug="now")),
    Line(f"snapshots create --timestamp {BEFORE_DELETE}", lambda o: taken_at(o) == GOOD),
    Line("snapshots create --lsn {good}", lambda o: taken_at(o) == GOOD),
    Line(f"snapshots create --expires-at {EXPIRY}", snapshot(expires_at=EXPIRY)),
    Line("snapshots update good --name better", snapshot(name="better"), good),
    Line(f"snapshots update {SNAPSHOT} --name better", snapshot(name="better"), good),
    Line(f"snapshots update good --expires-at {EXPIRY}", snapshot(expires_at=EXPIRY), good),
    Line(
        f"snapshots update {SNAPSHOT} --clear-expiration",
        lambda outcome: "expires_at" not in listed(outcome.harness)[0],
        lambda harness: taken(harness, expires_at=EXPIRY),
    ),
    Line("snapshots delete good", lambda outcome: not listed(outcome.harness), good),
    Line(f"snapshots delete {SNAPSHOT}", lambda outcome: not listed(outcome.harness), good),
    Line("snapshots restore good --name look", head("look", GOOD), good),
    Line(f"snapshots restore {SNAPSHOT} --name look", head("look", GOOD), good),
    Line("snapshots restore good --target-branch production", head("production", LAST), good),
    Line(
        "snapshots restore good --target-branch production --finalize",
        heads(**{"production": GOOD, "production (old)": LAST}),
        good,
    ),
    Line("snapshots restore good --finalize", head("production (old)", LAST), good),
    Line("snapshots finalize look", head("production", GOOD), previewed),
    Line("snapshots finalize look --name replaced", head("replaced", LAST), previewed),
    Line(f"snapshots schedule get {JSON}", '"frequency": "daily"', scheduled),
    Line("snapshots schedule get --branch production", "daily", scheduled),
    Line(
        f"{SCHEDULE} --frequency daily --hour 3 --retention 604800",
        schedule({"frequency": "daily", "hour": 3, "retention_seconds": 604_800}),
    ),
    Line(
        f"{SCHEDULE} --branch production --frequency weekly --day 2 --hour 4",
        schedule({"frequency": "weekly", "day": 2, "hour": 4}),
    ),
    Line(
        f"{SCHEDULE} --frequency monthly --day 1 --hour 2",
        schedule({"frequency": "monthly", "day": 1, "hour": 2}),
    ),
    Line(
        f"{SCHEDULE} --frequency monthly --month 6 --day 1 --hour 2",
        schedule({"frequency": "monthly", "day": 1, "hour": 2, "month": 6}),
    ),
    Line(
        f'{SCHEDULE} --schedule [{{{{"frequency":"daily","hour":3}}}}]',
        schedule({"frequency": "daily", "hour": 3}),
    ),
    Line(f"set-context --branch-id {DEVELOPMENT}", context(branchId=DEVELOPMENT)),
    Line("set-context --org-id org-sandbox-00000000", context(orgId="org-sandbox-00000000")),
    Line("checkout development --no-env-pull", context(branch="development")),
    Line("checkout feature --create --no-env-pull", branch("feature", parent_id=PRODUCTION)),
    Line(f"me {JSON}", {"email": "sandbox@example.com"}),
    Line("me", "sandbox@example.com"),
    Line(f"orgs list {JSON}", "org-sandbox-00000000"),
)


def add_reader(harness: Harness) -> None:
    """Add a compute that only reads, if the sandbox can."""
    body = {"endpoint": {"branch_id": PRODUCTION, "type": "read_only"}}
    harness.ask("POST", "/endpoints", body)
    harness.run_until_idle()


def taken_at(outcome: program.Outcome) -> str:
    """Return the time of the last commit in the only snapshot."""
    (one,) = listed(outcome.harness)
    return outcome.head(one["id"])


def measure() -> Iterator[Result]:
    """Run every line, and read the help of every command for what no line has."""
    with (
        tempfile.TemporaryDirectory() as folder,
        # More than two would slow each other down.
        ThreadPoolExecutor(2) as pool,
    ):
        homes = [Path(folder, str(number)) for number in range(len(LINES))]
        yield from pool.map(_attempt, LINES, homes)
        helps = Path(folder, "helps")
        helps.mkdir()
        read = partial(_help, helps)
        leaves = [name for name in _commands(read(""), "") if name not in {*GROUPS, *OUTSIDE}]
        for group, text in zip(GROUPS, pool.map(read, GROUPS), strict=True):
            below = [name for name in _commands(text, group) if name not in GROUPS]
            assert below, f"the help of `neon {group}` lists no commands: {text!r}"
            leaves += below
        for leaf, text in zip(leaves, pool.map(read, leaves), strict=True):
            yield from without_a_line(leaf, text)


def _attempt(line: Line, home: Path) -> Result:
    try:
        outcome = program.carry_out(home, line.text, line.before)
        said = " ".join(outcome.stderr.split())
        if any(request.endswith(" 501") for request in outcome.requests):
            return Result("CLI", line.text, Outcome.REFUSED, said)
        if outcome.status == 0 and _holds(line.expected, outcome):
            return Result("CLI", line.text, Outcome.PASSED)
    except (AssertionError, LookupError, OSError, ValueError) as error:
        said = repr(error)
    return Result("CLI", line.text, Outcome.FAILED, said[:200] or "has not the expected effect")


def _holds(expected: Expected, outcome: program.Outcome) -> object:
    if callable(expected):
        return expected(outcome)
    return expected in outcome.stdout if isinstance(expected, str) else _has(outcome.json, expected)


def _has(actual: Any, expected: Any) -> bool:
    """Return whether all expected fields are there, at any depth."""
    if isinstance(expected, Mapping):
        return all(name in actual and _has(actual[name], expected[name]) for name in expected)
    return bool(actual == expected)


def _help(home: Path, command: str) -> str:
    return program.run([*command.split(), "--help"], home, {"NEON_PROJECT_ID": "p"}).stdout


def _commands(text: str, group: str) -> list[str]:
    """Return the commands of a group that its help text lists."""
    prefix = re.escape(f"neon {group}".strip())
    _, _, listing = text.partition("\nCommands:\n")
    return [
        f"{group} {name}".strip() for name in re.findall(rf"(?m)^{prefix} ([a-z][\w-]*)", listing)
    ]


def without_a_line(leaf: str, text: str) -> Iterator[Result]:
    """Yield a failure for a command, or an option of it, that no line has."""
    lines = [line.text for line in LINES if line.text.startswith(f"{leaf} ") or line.text == leaf]
    if not lines and not WITHOUT_A_LINE.fullmatch(leaf):
        yield Result("CLI", leaf, Outcome.FAILED, "the command is new, and has no line")
    for option in re.findall(r"(?m)^(?:-\w, )?(--[\w-]+)", text):
        words = {option, f"--no-{option[2:]}"}
        is_tried = any(words & set(line.split()) for line in lines)
        is_judged = lines and option not in ELSEWHERE
        if is_judged and not is_tried and not WITHOUT_A_LINE.fullmatch(f"{leaf} {option}"):
            yield Result("CLI", f"{leaf} {option}", Outcome.FAILED, "no line has this option")
