"""Generates the asynchronous client from the blocking client."""

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
HEAD = """\
# Generated from {} by tools/generate_async_client.py.
# Do not edit: run `make async`.

"""


class Generated(NamedTuple):
    """A generated file: its source, and the replacements in it, as regular expressions."""

    source: str
    target: str
    rules: dict[str, str]


CLIENT = Generated(
    "src/neon_restore/_client.py",
    "src/neon_restore/_async_client.py",
    {
        r"(?m)^    def (?!__init__)": "    async def ",
        r"class Neon\b": "class AsyncNeon",
        r"\bNeon(?=\.__)": "AsyncNeon",
        r"return run_sync\(": "return await run_async(",
        r"return self\._run\(": "return await self._run(",
        r"import Flow, run_sync": "import Flow, run_async",
        r"__enter__": "__aenter__",
        r"__exit__": "__aexit__",
        r"def close": "def aclose",
        r"(self|self\._http)\.close\(": r"await \1.aclose(",
        r"\bblocking_client\b": "async_client",
        r"httpx\.BaseTransport": "httpx.AsyncBaseTransport",
        # Docstrings that differ.
        r"The blocking client, .*(?=\.)": "The asynchronous client",
        r"A client that": "A client for asyncio and trio that",
        r"Use it in a `with` block, or call `close`": "Use it in an `async with` block, "
        "or await `aclose`",
        r"threads and forked processes": "tasks and event loops",
        r"Called with": "Called, and not awaited, with",
        r"An httpx transport": "An asynchronous httpx transport",
        r"They run in the thread of the call\.": "Coroutine functions are awaited, others run "
        "in a thread.",
        r"Ctrl-C": "a cancelled task",
        r"call `wait\(": "await `wait(",
        r"call `resume`": "await `resume`",
    },
)
# The cases of `tests/typing`, which are generated as the tests run.
TYPES = Generated(
    "tests/typing/blocking.py",
    "tests/typing/asynchronous.py",
    {
        r"(?m)^def ": "async def ",
        r"\bNeon\b": "AsyncNeon",
        r"with Async": "async with Async",
        r"neon\.(\w+)\(": r"await neon.\1(",
        r"given\.close\(": "await given.aclose(",
    },
)


def generate(generated: Generated) -> str:
    """Return the text of a generated file; raise `ValueError` for a rule that replaces nothing."""
    text = (ROOT / generated.source).read_text("utf-8")
    for pattern, replacement in generated.rules.items():
        text, count = re.subn(pattern, replacement, text)
        if not count:
            raise ValueError(f"{generated.source} has nothing that matches {pattern!r}")
    text = HEAD.format(generated.source) + text
    for command in (["check", "--select=I", "--fix-only"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--quiet", "--stdin-filename"]
        text = subprocess.check_output(
            [*ruff, generated.target, "-"], cwd=ROOT, input=text, encoding="utf-8"
        )
    return text


def main() -> None:
    """Write the generated file, or check that it is current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail on a change")
    checks = parser.parse_args().check
    text, path = generate(CLIENT), ROOT / CLIENT.target
    if not checks:
        path.write_text(text, "utf-8")
    elif path.read_text("utf-8") != text:
        sys.exit(
            f"{CLIENT.target} is not what {CLIENT.source} generates. "
            "Change the latter, then run `make async`."
        )


if __name__ == "__main__":
    main()
