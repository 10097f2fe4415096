"""The harness also reports drift in shell, SQL and workflows, with its place."""

import textwrap
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from pytest_examples import EvalExample

from tests.docs.descriptions import unlike_help
from tests.docs.harness import resolve_to_the_last_commit, write_files
from tools.docs import examples, outputs, requirements, run_workflow
from tools.docs.outputs import ExampleMismatch
from tools.docs.tree import DocsTree

RESTORE = """\
POINT=2026-11-20T14:31:00Z
(
  set -euo pipefail
  api="$NEON_API_HOST/projects/$NEON_PROJECT_ID"
  call() {
    curl --silent --show-error --fail --header "Authorization: Bearer $NEON_API_KEY" "$@"
  }
  branch=$(call "$api/branches" | jq --raw-output '.branches[] | select(.default).id')
  call "$api/branches/$branch/restore" --json '{
    "source_branch_id": "'"$branch"'", "source_timestamp": "'"$POINT"'",
    "preserve_under_name": "before"
  }' | jq .branch.name
  role='database_name=shop&role_name=shop_owner'
  uri=$(call "$api/connection_uri?branch_id=$branch&$role" | jq --raw-output .uri)
  psql "$uri" --csv --command "SELECT count(*) AS orders FROM orders"
)
"""
WORKFLOW = """\
jobs:
  one:
    env:
      NEON_API_KEY: ${{ secrets.KEY }}
    steps:
      - run: test -f script.py
      - run: python script.py
"""
INSTALL = "      - run: python -m pip install -r requirements.txt\n"
SCRIPT = "      - run: python script.py\n"
Prove = Callable[[str, str], str]
PAGE = 'The secret `KEY`.\n\n```yaml\n--8<-- "page/jobs.yml"\n```\n'


@pytest.fixture
def small(tmp_path: Path) -> DocsTree:
    """Return an empty tree for one page."""
    setting = '[tool.neon-docs]\ninstall = "httpx"\n'
    return DocsTree(write_files(tmp_path, {"pyproject.toml": setting}))


@pytest.fixture
def prove(small: DocsTree, eval_example: EvalExample) -> Prove:
    """Return a function that runs a snippet, on Postgres for psql, and returns its output."""

    def run(name: str, text: str) -> str:
        write_files(small.snippets_dir, {name: text})
        rows = name.endswith(".sql") or "psql" in text
        return examples.run(DocsTree(small.root), name, eval_example, rows=rows)

    return run


@pytest.mark.needs("curl", "jq", "psql")
def test_a_changed_rule_is_noticed(
    small: DocsTree, prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = "page/restore.sh.out"
    outputs.write(small, output, prove("page/restore.sh", RESTORE))
    resolve_to_the_last_commit(monkeypatch)
    printed = prove("page/restore.sh", RESTORE)
    with pytest.raises(ExampleMismatch, match=r"^snippets/page/restore\.sh\.out:3: ") as noticed:
        outputs.compare(small, output, printed)
    assert "-750\n+0" in str(noticed.value)


@pytest.mark.needs("psql")
def test_an_edited_output_is_noticed(small: DocsTree, prove: Prove) -> None:
    outputs.write(small, "page/a.sql.out", "orders\n0\nand more\n")
    printed = prove("page/a.sql", "SELECT count(*) AS orders\nFROM orders;\n")
    with pytest.raises(ExampleMismatch, match=r"^snippets/page/a\.sql\.out:3: "):
        outputs.compare(small, "page/a.sql.out", printed)


@pytest.mark.needs("curl", "neon")
@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("echo one\nneon branches list \\\n  --project-id x --gone\n", 2, "exit status 1"),
        ("\ncurl --silent --fail $NEON_API_HOST/projects\n", 2, "exit status 22"),
        ("echo one\n\necho $GONE\n", 3, "GONE: unbound variable"),
        ("f() {\n  false\n}\n\nf\n", 5, "exit status 1"),
        ("(\n  set -e\n  true | false\n)\n", 3, "exit status 1"),
    ],
)
def test_a_block_that_fails_is_named_by_its_line(
    text: str, line: int, says: str, prove: Prove
) -> None:
    with pytest.raises(ExampleMismatch, match=rf"^snippets/page/a\.sh:{line}: ") as noticed:
        prove("page/a.sh", text)
    assert says in str(noticed.value)


@pytest.mark.needs("neon")
def test_an_option_that_is_passed_over_is_noticed(prove: Prove) -> None:
    """The Neon CLI ignores an option that it does not have; the harness reports it."""
    known = 'neon branches list \\\n  --project-id "$NEON_PROJECT_ID" --no-analytics'
    with pytest.raises(ExampleMismatch, match=r"^snippets/page/a\.sh:3: .* --gone,"):
        prove("page/a.sh", f"{known} \\\n  --gone=1\n")


@pytest.mark.needs("psql")
def test_a_query_that_fails_is_named_by_its_line(prove: Prove) -> None:
    with pytest.raises(ExampleMismatch, match=r"^snippets/page/a\.sql:2: ") as noticed:
        prove("page/a.sql", "SELECT 1;\nSELECT gone FROM orders;\n")
    assert 'column "gone" does not exist' in str(noticed.value)


@pytest.mark.needs("neon")
def test_a_synopsis_is_held_to_the_command() -> None:
    assert unlike_help("neon branches restore <target-id|name> <source>[@(timestamp|lsn)]\n") == []
    assert unlike_help("neon branches list\n\nOptions:\n--gone\n") == ["--gone"]


@pytest.mark.parametrize(
    ("page", "script", "problem"),
    [
        (PAGE, "import httpx\n", None),
        (PAGE, "raise SystemExit(3)\n", r"^snippets/page/jobs\.yml:7: .*status 3"),
        ("".join(PAGE.split("`KEY`")), "import httpx\n", r"^snippets/page/jobs\.yml:1: no page"),
    ],
)
def test_a_step_that_fails_is_named_by_its_line(
    page: str, script: str, problem: str | None, small: DocsTree
) -> None:
    """A step that fails is reported, and so is a secret that the page does not name."""
    jobs = WORKFLOW if problem else WORKFLOW.replace(SCRIPT, INSTALL + SCRIPT)
    files = {
        "docs/page.md": page,
        "snippets/page/script.py": script,
        "snippets/page/jobs.yml": jobs,
        "snippets/setup.toml": '[files."page/jobs.yml"]\n"script.py" = "page/script.py"\n',
    }
    tree = DocsTree(write_files(small.root, files))
    with pytest.raises(ExampleMismatch, match=problem) if problem else nullcontext():
        run_workflow.run(tree, "page/jobs.yml", small.root / "jobs", rows=False)


@pytest.mark.needs("node")
def test_no_node_process_reaches_another_machine(tmp_path: Path) -> None:
    """Every attempt of a Node program to reach anything but loopback fails at once."""
    script = """
        const net = require("net"), dns = require("dns"), http = require("http");
        const refused = (what) => (error) => console.log(what, error.message.endsWith("refused"));
        const server = http.createServer((_, response) => response.end("here"));
        server.listen(0, "127.0.0.1", async () => {
          const url = `http://127.0.0.1:${server.address().port}/`;
          console.log(await (await fetch(url)).text());
          await fetch("http://192.0.2.1/").catch((error) => refused("fetch")(error.cause));
          await dns.promises.lookup("example.com").catch(refused("name"));
          await new dns.promises.Resolver().resolve4("example.com").catch(refused("resolver"));
          net.connect(443, "192.0.2.1").on("error", refused("socket")).on("close", () => {
            try {
              require("dgram").createSocket("udp4").send("a", 53, "192.0.2.1");
            } catch (error) {
              refused("datagram")(error);
            }
            process.exit();
          });
        });
    """
    path = tmp_path / "try.js"
    path.write_text(textwrap.dedent(script), "utf-8")
    ended = requirements.run(["node", path], tmp_path, requirements.environment(tmp_path, {}))
    assert ended.out.splitlines() == [
        "here",
        *(f"{what} true" for what in ("fetch", "name", "resolver", "socket", "datagram")),
    ]
