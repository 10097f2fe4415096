"""The rows of the incident, at the head and in the past, through the command."""

from __future__ import annotations

import json
import signal
import socket
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from neon_sandbox.scenario import API_KEY, PROJECT_ID
from tests.sandbox.cli.process import port_of

if TYPE_CHECKING:
    from tests.sandbox.cli.databases.conftest import ProcessTable

# Counts production's rows at the head and in the past, restores it, and counts them again.
STORY = """
import json, os, time, urllib.request
import psycopg

API, PROJECT = os.environ["NEON_API_HOST"], os.environ["NEON_PROJECT_ID"]

def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": "Bearer " + os.environ["NEON_API_KEY"]}
    headers["content-type"] = "application/json"
    request = urllib.request.Request(f"{API}/projects/{PROJECT}{path}", data, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)

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
    ran = process_table.finish("--idle", "0.5", "run", "--", sys.executable, "-c", STORY)
    assert ran.returncode == 0, ran.stderr
    seen, kinds = json.loads(ran.stdout)
    assert seen == [[0, 2500], [750], [750, 2400]]
    assert kinds == ["delete_timeline", "suspend_compute", "start_compute", "create_branch"]
    assert "+ time travel on production" in ran.stderr
    assert "- time travel on production" in ran.stderr
    process_table.require_nothing()


def test_two_side_by_side_do_not_touch_each_other(process_table: ProcessTable) -> None:
    """Starting and ending one sandbox does not affect the other."""
    with process_table.running("--print") as one:
        port = port_of(one.line())
        ran = process_table.finish("run", "--", "sh", "-c", "echo $NEON_API_HOST")
        assert ran.returncode == 0, ran.stderr
        assert port_of(ran.stdout) != port
        assert one.process.poll() is None
        assert len(process_table.left) == 1
        assert one.end(signal.SIGTERM) == 128 + signal.SIGTERM
    process_table.require_nothing()


def test_nothing_listens_but_on_loopback(process_table: ProcessTable) -> None:
    """Neither the API nor a compute is reachable at another address of the machine."""
    with process_table.running("--print") as running:
        api = port_of(running.line())
        key = {"authorization": f"Bearer {API_KEY}"}
        url = f"http://127.0.0.1:{api}/api/v2/projects/{PROJECT_ID}/endpoints"
        endpoints = httpx.get(url, headers=key, trust_env=False).json()["endpoints"]
        ports = [int(endpoint["host"].partition(":")[2]) for endpoint in endpoints]
        for port in (api, *ports):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            with pytest.raises(OSError, match=r"refused|timed out|assign"):
                socket.create_connection(("127.0.0.2", port), timeout=1)
