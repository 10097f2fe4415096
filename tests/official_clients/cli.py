"""Runs the unmodified Neon CLI: each of its commands about branches and data, with each option."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from neon_sandbox.scenario import PASSWORD, PROJECT_ID, ROLE
from tests.official_clients.measurement import Outcome, Result
from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness
from tests.sandbox.neon_cli import program
from tests.sandbox.neon_cli.program import INCIDENT
from tests.sandbox.test_snapshots import SCHEDULE, listed, taken

CLIENTS = ("CLI",)

Effect = Callable[[program.Outcome], object]
Expected = str | Mapping[str, Any] | list[Any] | Effect
"""Words of the output, fields or items of its JSON, or whether it had an effect."""

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
# The last good commit, the deletion, and the last commit of all.
GOOD, DELETION, LAST = "14:30:00", "14:31:07", "14:33:00"
SNAPSHOT = "snap-shop-sandbox-00000001"
KEEP = "--preserve-under-name kept"


@dataclass(frozen=True)
class Line:
    """A command line, what it has to bring about, and what the incident needs before it.

    A line that is rejected has to print these words on standard error, and to change no branch.
    """

    text: str
    expected: Expected | tuple[Expected, ...]
    before: Callable[[Harness], object] | None = None
    rejected: bool = False


rejected = partial(Line, rejected=True)


def heads(**times: str) -> Effect:
    """Expect the heads of the incident, but for these."""
    return lambda outcome: outcome.heads == INCIDENT | times


def head(name: str, time: str) -> Effect:
    """Expect the head of the branch with a name."""
    return lambda outcome: outcome.heads.get(name) == time


def branch(name: str, **fields: Any) -> Effect:
    """Expect fields of the branch with a name."""
    return lambda outcome: outcome.harness.named(name).items() >= fields.items()


def compute(branch: str, **fields: Any) -> Effect:
    """Expect a compute with fields on the branch with a name."""

    def has(outcome: program.Outcome) -> bool:
        path = f"/branches/{outcome.harness.named(branch)['id']}/endpoints"
        found = outcome.harness.get(path)["endpoints"]
        return any(one.items() >= fields.items() for one in found)

    return has


def project(**fields: Any) -> Effect:
    """Expect fields of the project."""
    return lambda outcome: bool(outcome.harness.get("")["project"].items() >= fields.items())


def only(names: list[str], kind: str = "databases") -> Effect:
    """Expect the names of production's databases or roles."""
    return lambda outcome: sorted(outcome.harness.names_in(PRODUCTION, kind)) == names


def snapshot(**fields: Any) -> Effect:
    """Expect fields of the only snapshot."""
    return lambda outcome: (
        [one.items() >= fields.items() for one in listed(outcome.harness)] == [True]
    )


def printed(head: str = "", **fields: str) -> Effect:
    """Expect the only snapshot in the output, with fields and, if it is given, a head."""

    def has(outcome: program.Outcome) -> bool:
        (one,) = listed(outcome.harness)
        is_printed = _has(outcome.json, {"id": one["id"], "source_branch_id": PRODUCTION} | fields)
        return is_printed and _has(one, fields) and head in ("", outcome.head(one["id"]))

    return has


def schedule(*entries: Mapping[str, Any]) -> Effect:
    """Expect production's schedule of snapshots."""
    return lambda outcome: outcome.harness.get(SCHEDULE)["schedule"] == list(entries)


def context(**fields: str) -> Effect:
    """Expect fields in the file of the context."""

    def has(outcome: program.Outcome) -> bool:
        text = (outcome.home / ".neon").read_text("utf-8")
        return all(f'"{name}": "{value}"' in text for name, value in fields.items())

    return has


def is_reset(outcome: program.Outcome) -> bool:
    """Expect the data of production on development, and the time of the reset in the output."""
    commits = outcome.harness.storage.commits
    return bool(outcome.json["last_reset_at"]) and commits(DEVELOPMENT) == commits(PRODUCTION)


def unchanged(outcome: program.Outcome) -> bool:
    """Expect a comparison of schemas that finds no difference."""
    return outcome.stdout.splitlines()[1:2] == outcome.stdout.splitlines()[1:] != []


def connection(**parameters: str) -> Effect:
    """Expect a connection string of production with these parameters."""

    def has(outcome: program.Outcome) -> bool:
        address, _, query = outcome.stdout.strip().partition("?")
        is_right = address == f"postgresql://{ROLE}:{PASSWORD}@224.0.0.0:1/shop"
        return is_right and dict(parse_qsl(query)) == parameters

    return has


def without_secrets(outcome: program.Outcome) -> bool:
    """Expect no password in the output."""
    path = f"/branches/{PRODUCTION}/roles/{ROLE}/reveal_password"
    return outcome.harness.get(path)["password"] not in outcome.stdout


def with_feature(harness: Harness, *, protected: bool = False) -> None:
    """Create a branch without compute."""
    harness.created("feature", protected=protected)


def with_reader(harness: Harness) -> None:
    """Create a role."""
    harness.do("POST", f"/branches/{PRODUCTION}/roles", {"role": {"name": "reader"}})


def restored(harness: Harness) -> None:
    """Restore production, so that its previous state is in a backup branch."""
    harness.rewound()


def protect(harness: Harness) -> None:
    """Protect production."""
    harness.do("PATCH", f"/branches/{PRODUCTION}", {"branch": {"protected": True}})


def good(harness: Harness) -> None:
    """Take a snapshot of production at a point in time before the deletion."""
    taken(harness, name="good", timestamp=BEFORE_DELETE)


def previewed(harness: Harness) -> None:
    """Restore a snapshot to a preview branch."""
    good(harness)
    body = {"target_branch_id": PRODUCTION, "name": "look"}
    harness.do("POST", f"/snapshots/{SNAPSHOT}/restore", body)


def scheduled(harness: Harness) -> None:
    """Set a snapshot schedule on production."""
    harness.do("PUT", SCHEDULE, {"schedule": [{"frequency": "daily", "hour": 3}]})


CREATE, RESTORE, ADD = "branches create --name f", "branches restore", "branches add-compute"
STRING, DIFF = "connection-string production", "branches schema-diff"
UPDATE, SET = f"projects update {PROJECT_ID}", "snapshots schedule set"
TLS = {"sslmode": "require", "channel_binding": "require"}
OWN = f"{RESTORE} production ^self@{BEFORE_DELETE}"
REPLACED = heads(**{"production": GOOD, "production (old)": LAST})
AGAIN = {"kept": GOOD, "before": LAST}
OWNED = [{"name": name, "owner_name": ROLE} for name in ("shop", "analytics")]
FINISHED = {"status": "finished"}

PROMISED = (
    Line(
        f"branches list {JSON}",
        [{"name": "development", "default": False}, {"name": "production", "default": True}],
    ),
    Line("branches list", f"[default] production  {PRODUCTION}   ready "),
    Line(f"branches get development {JSON}", {"id": DEVELOPMENT, "parent_id": PRODUCTION}),
    # Ids have the form of Neon's, so the Neon CLI does not request the list.
    Line(
        f"branches get {DEVELOPMENT} {JSON}",
        ({"name": "development"}, lambda o: not any("/branches 200" in one for one in o.requests)),
    ),
    # The Neon CLI reports this error itself.
    rejected("branches get nothing", "nothing not found.\nAvailable branches: development"),
    Line(
        f"{CREATE} {JSON}",
        (
            {"branch": {"parent_id": PRODUCTION}},
            lambda o: [one["branch_id"] for one in o.json["endpoints"]] == [o.json["branch"]["id"]],
            branch("f", current_state="ready"),
            compute("f", type="read_write"),
        ),
    ),
    rejected(
        "branches create --name development", 'branch already exists; branch_name:"development"'
    ),
    Line(f"{CREATE} --parent {BEFORE_DELETE}", heads(f=GOOD)),
    Line(f"{CREATE} --parent {{good}}", heads(f=GOOD)),
    Line(
        f"{CREATE} --schema-only {JSON}",
        (
            {"branch": {"init_source": "schema-only"}},
            lambda o: "parent_id" not in o.json["branch"],
            branch("f", init_source="schema-only"),
        ),
    ),
    Line(
        f"branches rename development dev {JSON}",
        ({"id": DEVELOPMENT, "name": "dev"}, lambda o: o.harness.names() == {"production", "dev"}),
    ),
    Line(f"branches delete feature {JSON}", ({"name": "feature"}, heads()), with_feature),
    rejected(
        "branches delete feature",
        "cannot delete protected branch",
        partial(with_feature, protected=True),
    ),
    Line(
        f"branches set-default development {JSON}",
        (
            {"default": True},
            branch("development", default=True),
            branch("production", default=False),
        ),
    ),
    Line(f"branches reset development --parent {JSON}", (is_reset, heads(development=LAST))),
    Line(
        f"branches reset development --parent {KEEP} {JSON}",
        (is_reset, heads(development=LAST, kept="09:45:00")),
    ),
    Line(f"{OWN} {KEEP} {JSON}", ({"id": PRODUCTION}, heads(production=GOOD, kept=LAST))),
    Line(f"{RESTORE} development ^parent {JSON}", ({"id": DEVELOPMENT}, heads(development=LAST))),
    # Undoes a restore. The children have moved to the backup branch, so no other is kept.
    Line(f"{RESTORE} production before {JSON}", ({"id": PRODUCTION}, heads(before=LAST)), restored),
    Line(f"{RESTORE} production ^self@{{good}} {KEEP}", heads(production=GOOD, kept=LAST)),
    # The two branches share their history, and so its LSNs.
    Line(f"{RESTORE} production before@{{good}} {KEEP}", heads(production=GOOD, **AGAIN), restored),
    Line(
        f"{RESTORE} production before@2026-11-20T14:32:00Z {KEEP}",
        heads(production=DELETION, **AGAIN),
        restored,
    ),
    rejected(OWN, "preserve_under_name is required"),
    rejected(f"{OWN} {KEEP}", "cannot reset protected branch", protect),
    rejected(
        f"{RESTORE} production ^self@2026-11-20T07:00:00Z {KEEP}",
        "history window, which starts at 2026-11-20T08:00:00Z",
    ),
    # A restored root branch has no parent: its backup branch is not its parent.
    rejected(f"{RESTORE} production ^parent", "Branch has no parent", restored),
    Line(
        f"{ADD} before --type read_write --cu 0.5-3",
        compute(
            "before", type="read_write", autoscaling_limit_min_cu=0.5, autoscaling_limit_max_cu=3
        ),
        restored,
    ),
    rejected(f"{ADD} production --type read_write", "endpoint already exists"),
    rejected(f"{ADD} production --cu 4-2", "is greater than"),
    Line(f"{STRING} {SHOP}", connection(**TLS)),
    Line(
        f"{STRING}@{BEFORE_DELETE} {SHOP}",
        connection(**TLS, options=f"neon_timestamp:{BEFORE_DELETE}"),
    ),
    Line(f"{STRING}@0/19F0000 {SHOP}", connection(**TLS, options="neon_lsn:0/19F0000")),
    # The alias takes the same options.
    Line(f"cs production {SHOP} --ssl omit --role-name {ROLE}", connection()),
    # The Neon CLI asks for the name of one.
    rejected(STRING, "Multiple databases found"),
    # A backup branch has no compute to connect to.
    rejected(f"connection-string before {SHOP}", "endpoint found for the branch", restored),
    Line(
        f"operations list {JSON}",
        lambda o: _has(
            o.json[:3],
            [FINISHED | {"action": "start_compute", "branch_id": PRODUCTION}, FINISHED, FINISHED],
        ),
        restored,
    ),
    Line(f"databases list --branch production {JSON}", OWNED),
    Line(
        f"databases create --name extra --owner-name {ROLE} {JSON}",
        ({"name": "extra", "owner_name": ROLE}, only(["analytics", "extra", "shop"])),
    ),
    Line("databases delete analytics --branch production", only(["shop"])),
    # Without `--branch`, they are those of the default branch.
    Line(f"roles list {JSON}", [{"name": ROLE}]),
    Line(
        f"roles create --name reader {JSON}",
        (
            {"name": "reader"},
            lambda o: o.json["password"],
            only(["reader", "shop_owner"], "roles"),
        ),
    ),
    Line("roles delete reader --branch production", only(["shop_owner"], "roles"), with_reader),
    Line(f"projects list {JSON}", {"projects": [{"id": PROJECT_ID}], "shared_with_you": []}),
    # The history window is the plan's, in seconds.
    Line(
        f"projects get {PROJECT_ID} {JSON}", {"name": "shop", "history_retention_seconds": 86_400}
    ),
    # The API key belongs to an account that exists only in the sandbox.
    Line(f"me {JSON}", {"email": "sandbox@example.com"}),
    Line(f"snapshots create --branch production --name now {JSON}", printed(LAST, name="now")),
    # Without `--branch` the snapshot is of the default branch.
    Line(
        f"snapshots create --timestamp {BEFORE_DELETE} --expires-at {EXPIRY} {JSON}",
        printed(GOOD, expires_at=EXPIRY),
    ),
    Line(f"snapshots create --lsn {{good}} {JSON}", printed(GOOD)),
    rejected("snapshots create --branch development", "snapshots are for root branches only"),
    Line(f"snapshots list {JSON}", lambda o: o.json == listed(o.harness) != [], good),
    Line(f"snapshots get good {JSON}", printed(GOOD, name="good"), good),
    Line(f"snapshots update good --name better {JSON}", printed(name="better"), good),
    Line(
        f"snapshots update good --expires-at {EXPIRY} {JSON}",
        printed(name="good", expires_at=EXPIRY),
        good,
    ),
    Line(
        f"snapshots update {SNAPSHOT} --clear-expiration {JSON}",
        (printed(id=SNAPSHOT), lambda o: "expires_at" not in listed(o.harness)[0]),
        lambda harness: taken(harness, expires_at=EXPIRY),
    ),
    Line("snapshots delete good", lambda outcome: not listed(outcome.harness), good),
    Line(
        f"snapshots restore good --target-branch production --finalize {JSON}",
        (
            lambda o: branch("production", id=o.json["restored_branch"]["id"])(o),
            branch("production (old)", id=PRODUCTION),
            REPLACED,
        ),
        good,
    ),
    # The output names the command that finalizes it.
    Line(
        "snapshots restore good --name look",
        (
            lambda o: f"neon snapshots finalize {o.harness.named('look')['id']}" in o.stderr,
            branch("production", id=PRODUCTION),
            head("look", GOOD),
        ),
        good,
    ),
    Line(
        f"snapshots finalize look {JSON}",
        (
            [{"action": "suspend_compute"}, {"action": "start_compute"}],
            branch("production (old)", id=PRODUCTION),
            REPLACED,
        ),
        previewed,
    ),
    Line(
        "snapshots finalize look --name replaced",
        (branch("replaced", id=PRODUCTION), head("replaced", LAST)),
        previewed,
    ),
    Line(
        f"snapshots schedule get {JSON}",
        lambda o: o.json == [{"frequency": "daily", "hour": 3}],
        scheduled,
    ),
    Line(
        f"{SET} --branch production --frequency weekly --day 2 --hour 4 --retention 604800",
        schedule({"frequency": "weekly", "hour": 4, "day": 2, "retention_seconds": 604_800}),
    ),
)
"""Lines that `make test` tries too."""
OTHERS = (
    Line("branches list --output yaml", "name: development"),
    Line("branches get production", "production"),
    Line("branches create", lambda outcome: len(outcome.harness.names()) == 3),
    Line(f"{CREATE} --no-compute", lambda o: not compute("f")(o) and head("f", LAST)(o)),
    Line(f"{CREATE} --compute", compute("f")),
    Line(f"{CREATE} --parent development", branch("f", parent_id=DEVELOPMENT)),
    Line(f"{CREATE} --parent {DEVELOPMENT}", branch("f", parent_id=DEVELOPMENT)),
    Line(f"{CREATE} --type read_only", compute("f", type="read_only")),
    Line(f"{CREATE} --suspend-timeout 600", compute("f", suspend_timeout_seconds=600)),
    Line(f"{CREATE} --cu 2", compute("f", autoscaling_limit_min_cu=2)),
    Line(f"{CREATE} --cu 0.5-3", compute("f", autoscaling_limit_max_cu=3)),
    Line(f"{CREATE} --expires-at {EXPIRY}", branch("f", expires_at=EXPIRY)),
    Line(f"{CREATE} --protected", branch("f", protected=True)),
    Line(f"{CREATE} --no-secrets {JSON}", without_secrets),
    Line(f"{CREATE} --secrets {JSON}", {"branch": {"name": "f"}}),
    Line(f"branches reset {DEVELOPMENT} --parent", heads(development=LAST)),
    Line(f"{RESTORE} {PRODUCTION} ^self@{{good}} {KEEP}", heads(production=GOOD, kept=LAST)),
    Line(f"{RESTORE} development ^parent@{BEFORE_DELETE}", head("development", GOOD)),
    Line(f"{RESTORE} development production", heads(development=LAST)),
    Line(f"{RESTORE} development {PRODUCTION}", heads(development=LAST)),
    Line(f"{RESTORE} development ^self@2026-11-20T10:30:00Z {KEEP}", head("kept", "09:45:00")),
    Line(f"branches rename {DEVELOPMENT} dev {JSON}", {"name": "dev"}),
    Line(
        f"branches set-expiration development --expires-at {EXPIRY}",
        branch("development", expires_at=EXPIRY),
    ),
    Line("branches set-expiration development", lambda o: "expires_at" not in o.stdout),
    Line(f"{ADD} production", compute("production", type="read_only")),
    Line(f"{ADD} production --type read_only", compute("production", type="read_only")),
    Line(f"{ADD} production --cu 2", compute("production", autoscaling_limit_min_cu=2)),
    Line(f"{ADD} production --cu 0.5-3", compute("production", autoscaling_limit_max_cu=3)),
    Line(f"{ADD} production --name reports", compute("production", name="reports")),
    Line("branches delete development", lambda o: o.harness.names() == {"production"}),
    Line(f"{DIFF} production development --database shop", "shipped"),
    Line(f"{DIFF} development ^parent --database shop", "shipped"),
    Line(f"{DIFF} production ^self@2026-11-20T10:30:00Z --db shop", "shipped"),
    Line(f"{DIFF} production ^self@{{good}} --database shop", unchanged),
    Line(f"{DIFF} production ^self@2026-11-20T10:30:00Z", "shipped"),
    Line("diff production --branch development --database shop", "shipped"),
    Line("diff production -b development", "shipped"),
    Line("diff --branch development --db shop", "shipped"),
    Line("databases list --branch development", "analytics"),
    Line("databases create --name extra", only(["analytics", "extra", "shop"])),
    Line(f"databases create --name extra --branch development {JSON}", {"name": "extra"}),
    Line("databases delete shop", only(["analytics"])),
    Line(f"databases delete shop --branch {PRODUCTION}", only(["analytics"])),
    Line("roles list --branch development", "shop_owner"),
    Line("roles create --name reader --no-login", only(["reader", "shop_owner"], "roles")),
    Line(f"roles create --name reader --branch development {JSON}", {"name": "reader"}),
    Line("roles delete reader", only(["shop_owner"], "roles"), with_reader),
    Line("operations list", "start_compute", restored),
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
    Line(f"{STRING}@{{good}} {SHOP}", "neon_lsn%3A0%2F"),
    Line("projects list", PROJECT_ID),
    Line(f"projects list --org-id org-sandbox-00000000 {JSON}", PROJECT_ID),
    Line(f"projects list --recoverable-only {JSON}", "[]"),
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
    Line("snapshots list", "good", good),
    Line(f"snapshots get {SNAPSHOT} {JSON}", {"name": "good"}, good),
    Line("snapshots create", lambda outcome: len(listed(outcome.harness)) == 1),
    Line(f"snapshots create -b {PRODUCTION} --name now", snapshot(name="now")),
    Line("snapshots create --slug now", snapshot(slug="now")),
    Line(f"snapshots update {SNAPSHOT} --name better", snapshot(name="better"), good),
    Line(f"snapshots delete {SNAPSHOT}", lambda outcome: not listed(outcome.harness), good),
    Line(f"snapshots restore {SNAPSHOT} --name look", head("look", GOOD), good),
    Line("snapshots restore good --target-branch production", head("production", LAST), good),
    Line("snapshots restore good --finalize", head("production (old)", LAST), good),
    Line("snapshots schedule get --branch production", "daily", scheduled),
    Line(
        f"{SET} --frequency daily --hour 3 --retention 604800",
        schedule({"frequency": "daily", "hour": 3, "retention_seconds": 604_800}),
    ),
    Line(
        f"{SET} --frequency monthly --day 1 --hour 2",
        schedule({"frequency": "monthly", "day": 1, "hour": 2}),
    ),
    Line(
        f"{SET} --frequency monthly --month 6 --day 1 --hour 2",
        schedule({"frequency": "monthly", "day": 1, "hour": 2, "month": 6}),
    ),
    Line(
        f'{SET} --schedule [{{{{"frequency":"daily","hour":3}}}}]',
        schedule({"frequency": "daily", "hour": 3}),
    ),
    Line(f"set-context --branch-id {DEVELOPMENT}", context(branchId=DEVELOPMENT)),
    Line("set-context --org-id org-sandbox-00000000", context(orgId="org-sandbox-00000000")),
    Line("checkout development --no-env-pull", context(branch="development")),
    Line("checkout feature --create --no-env-pull", branch("feature", parent_id=PRODUCTION)),
    Line("me", "sandbox@example.com"),
    Line(f"orgs list {JSON}", "org-sandbox-00000000"),
)
"""Lines that `make clients` tries, once a night."""
LINES = (*PROMISED, *OTHERS)


def add_reader(harness: Harness) -> None:
    """Add a compute that only reads, if the sandbox can."""
    body = {"endpoint": {"branch_id": PRODUCTION, "type": "read_only"}}
    harness.ask("POST", "/endpoints", body)
    harness.run_until_idle()


def attempt(lines: Sequence[Line]) -> Iterator[Result]:
    """Run lines, each in a sandbox of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        # More than two would slow each other down.
        ThreadPoolExecutor(2) as pool,
    ):
        homes = [Path(folder, str(number)) for number in range(len(lines))]
        yield from pool.map(_attempt, lines, homes)


def measure() -> Iterator[Result]:
    """Run every line, and read the help of every command for what no line has."""
    yield from attempt(LINES)
    with tempfile.TemporaryDirectory() as helps, ThreadPoolExecutor(2) as pool:
        read = partial(_help, Path(helps))
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
        expected = line.expected if isinstance(line.expected, tuple) else (line.expected,)
        if outcome.status == line.rejected and all(_holds(line, one, outcome) for one in expected):
            return Result("CLI", line.text, Outcome.PASSED)
    except (AssertionError, LookupError, OSError, ValueError) as error:
        said = repr(error)
    return Result("CLI", line.text, Outcome.FAILED, said[:200] or "has not the expected effect")


def _holds(line: Line, expected: Expected, outcome: program.Outcome) -> object:
    if line.rejected:
        return str(expected) in outcome.stderr and outcome.harness.branches() == outcome.before
    if callable(expected):
        return expected(outcome)
    return expected in outcome.stdout if isinstance(expected, str) else _has(outcome.json, expected)


def _has(actual: Any, expected: Any) -> bool:
    """Return whether all expected fields and items are there, at any depth."""
    if isinstance(expected, list):
        return len(actual) == len(expected) and all(map(_has, actual, expected))
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
