"""The rows of the incident, at the head and in the past, through the command."""

import json
import signal
import socket
import stat
import sys
from pathlib import Path

import httpx
import psycopg
import pytest

from neon_sandbox.scenario import API_KEY, PASSWORD, PROJECT_ID
from tests.ports import claimed
from tests.sandbox.cli.databases.conftest import ProcessTable
from tests.sandbox.cli.process import port_of

# Counts production's rows at the head and in the past, restores it, and counts them again.
STORY = """
import json, os, time
import httpx, psycopg

api = httpx.Client(
    base_url=os.environ["NEON_API_HOST"] + "/projects/" + os.environ["NEON_PROJECT_ID"],
    headers={"authorization": "Bearer " + os.environ["NEON_API_KEY"]},
    trust_env=False,
)

def ask(path, body=None):
    answer = api.post(path, json=body) if body else api.get(path)
    return answer.raise_for_status().json()

def count(database, table, options=""):
    query = f"?database_name={database}&role_name=shop_owner"
    uri = ask("/connection_uri" + query)["uri"] + options
    with psycopg.connect(uri) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

def counts():
    return [count("shop", "orders"), count("analytics", "events")]

[production] = [b["id"] for b in ask("/branches")["branches"] if b["default"]]
seen = [counts()]
seen.append([count("shop", "orders", "&options=neon_timestamp%3A2026-11-20T14%3A31%3A00Z")])
kinds = []
while kinds[:1] != ["delete_timeline"]:
    time.sleep(0.02)
    kinds = [operation["action"] for operation in ask("/operations")["operations"]]
answer = ask(f"/branches/{production}/restore", {
    "source_branch_id": production,
    "source_timestamp": "2026-11-20T14:31:00Z",
    "preserve_under_name": "before",
})
for operation in answer["operations"]:
    while ask("/operations/" + operation["id"])["operation"]["status"] != "finished":
        time.sleep(0.02)
seen.append(counts())
print(json.dumps([seen, kinds[:4]]))
"""


def test_a_restore_from_beginning_to_end(process_table: ProcessTable) -> None:
    """Deleted rows show in the past and after a restore, which rolls back both databases.

    The ephemeral compute that showed the past stops after the idle time in ``--idle``.
    """
    ran = process_table.run(sys.executable, "-c", STORY, options=["--idle", "0.5"])
    seen, kinds = json.loads(ran.stdout)
    assert seen == [[0, 2500], [750], [750, 2400]]
    assert kinds == ["delete_timeline", "suspend_compute", "start_compute", "create_branch"]
    assert "+ time travel on production" in ran.stderr
    assert "- time travel on production" in ran.stderr
    process_table.require_nothing()


# Prints whether Node trusts the certificate of production's compute, as a Postgres driver asks.
TRUST = """
const net = require("net"), tls = require("tls")
const socket = net.connect(Number(process.argv[1]), "127.0.0.1", () => {
  socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
})
socket.once("data", () => {
  const client = tls.connect({ socket, host: "127.0.0.1" }, () => {
    console.log(client.authorized)
    client.end()
  })
})
"""


@pytest.mark.needs("node")
def test_node_trusts_it(process_table: ProcessTable) -> None:
    with claimed() as port:
        options = ["--port", str(port)]
        ran = process_table.run("node", "-e", TRUST, str(port + 1), options=options)
    assert ran.stdout == "true\n"


def is_for_others(path: Path) -> bool:
    """Return whether other users than Postgres' and the owner have rights; a link has none."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    # Started by root, the directory itself lets in the group of the user of Postgres.
    rights = 0o067 if (path / "sandbox.lock").exists() else 0o077
    return not stat.S_ISLNK(mode) and bool(mode & rights)


def test_two_side_by_side_do_not_touch_each_other(process_table: ProcessTable) -> None:
    with process_table.running() as one:
        port = port_of(one.line())
        other = process_table.run("sh", "-c", "echo $NEON_API_HOST")
        assert port_of(other.stdout) != port
        assert one.process.poll() is None
        assert len(process_table.left) == 1
        assert one.end(signal.SIGTERM) == 128 + signal.SIGTERM
    process_table.require_nothing()


def test_only_its_own_clients_are_let_in(process_table: ProcessTable) -> None:
    """It listens on loopback only, with a key and a password of its own, and trusts no others."""
    with process_table.running() as running:
        lines = [running.line() for _ in range(6)]
        api = port_of(lines[0])
        variables = dict(line.removeprefix("export ").split("=", 1) for line in lines[:5])
        assert lines[5] == f"# Back to Neon: unset {' '.join(variables)}"

        def ask(path: str, key: str) -> httpx.Response:
            url = f"http://127.0.0.1:{api}/api/v2/projects/{PROJECT_ID}/{path}"
            headers = {"authorization": f"Bearer {key}"}
            return httpx.get(url, headers=headers, trust_env=False)

        own = variables["NEON_API_KEY"]
        assert ask("endpoints", API_KEY).status_code == 401
        endpoints = ask("endpoints", own).json()["endpoints"]
        uri = ask("connection_uri?database_name=shop&role_name=shop_owner", own).json()["uri"]
        root = variables["PGSSLROOTCERT"]
        psycopg.connect(uri, sslmode="verify-full", sslrootcert=root).close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(uri, password=PASSWORD)
        readable = {path for path in process_table.folder.rglob("*") if is_for_others(path)}
        # Where the user that Postgres runs as cannot read the wheel, its programs are copied.
        assert readable <= {
            *process_table.folder.glob("*/postgres"),
            *process_table.folder.glob("*/postgres/**/*"),
        }
        ports = [int(endpoint["host"].partition(":")[2]) for endpoint in endpoints]
        for port in (api, *ports):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            with pytest.raises(OSError, match=r"refused|timed out|assign"):
                socket.create_connection(("127.0.0.2", port), timeout=1)
