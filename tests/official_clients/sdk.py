"""Runs the unmodified `@neon/sdk` in one Node process, each call against a fresh incident."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

from neon_sandbox import incident
from neon_sandbox.server.http import HttpServer
from tests.contract.document import official
from tests.official_clients.measurement import Outcome, Result
from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION
from tools.docs.requirements import COMPILED, LOOPBACK_ONLY, PATH
from tools.docs.tree import ROOT

OTHER, NEWER = "SDK, other calls", "SDK, newer calls"
"""Raw calls outside the scope, and those that the pinned OpenAPI document does not have."""
CLIENTS = ("SDK", OTHER, NEWER)
PROGRAM = "tests/official_clients/sdk.mjs"
OUTSIDE = (
    *("aiGateway", "apiKeys", "auth", "consumption", "credentials", "functions", "logs"),
    *("postgres.dataApi", "projects.create", "projects.createAndConnect", "projects.delete"),
    *("projects.members", "projects.permissions", "projects.recover", "projects.transfer"),
    *("projects.transferFromUser", "regions", "storage", "triggers"),
)
"""Calls, and resources of calls, that only wrap raw calls outside the scope."""


def measure() -> Iterator[Result]:
    """Try each case, and each raw call that has none; a call that is new fails."""
    requests: list[tuple[str, str]] = []
    with (
        HttpServer(
            incident(), on_response=lambda asked, _: requests.append((asked.method, asked.url.path))
        ) as server,
        subprocess.Popen(  # noqa: S603 - the official SDK
            ["node", PROGRAM],  # noqa: S607 - the node of PATH
            cwd=ROOT,
            env={
                "PATH": PATH,
                "NODE_COMPILE_CACHE": str(COMPILED),
                "NODE_OPTIONS": f'--require "{LOOPBACK_ONLY}"',
                "PRODUCTION": PRODUCTION,
                "DEVELOPMENT": DEVELOPMENT,
                "PAST": BEFORE_DELETE,
                **server.environment,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as node,
    ):
        assert node.stdin
        assert node.stdout
        known = json.loads(node.stdout.readline())
        tried = {name.partition(" ")[0] for name in known["cases"]}
        without = [call for call in known["calls"] if call not in tried and not _outside(call)]

        def attempt(name: str) -> dict[str, Any]:
            assert node.stdin
            assert node.stdout
            server.sandbox = incident()
            print(name, file=node.stdin, flush=True)
            outcome: dict[str, Any] = json.loads(node.stdout.readline())
            return outcome

        for name in known["cases"]:
            yield _result("SDK", name, attempt(name))
        for call in without:
            if call.startswith("raw."):
                outcome = attempt(call)
                method, path = requests[-1]
                is_newer = official().find(method, path.removeprefix("/api/v2")) is None
                yield _result(NEWER if is_newer else OTHER, call, outcome)
            else:
                yield Result("SDK", call, Outcome.FAILED, "the call is new, and has no case")
        for gone in sorted(tried - {*known["calls"], "neon.client.post"}):
            yield Result("SDK", gone, Outcome.FAILED, "the SDK no longer has this call")
        node.stdin.close()
        node.wait(10)


def _outside(call: str) -> bool:
    return any(call == f"neon.{one}" or call.startswith(f"neon.{one}.") for one in OUTSIDE)


def _result(client: str, name: str, outcome: dict[str, Any]) -> Result:
    kinds = {0: Outcome.PASSED, 501: Outcome.REFUSED}
    return Result(client, name, kinds.get(outcome["status"], Outcome.FAILED), outcome["said"])
