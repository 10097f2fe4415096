"""Runs a query with psql on a branch of a sandbox."""

import re
from pathlib import Path

from neon_restore import Neon
from neon_sandbox.scenario import Sandbox
from tools.docs import requirements
from tools.docs.example_config import Where, example_config
from tools.docs.outputs import ExampleMismatch
from tools.docs.sandboxes import in_process
from tools.docs.tree import DocsTree


def run(tree: DocsTree, name: str, sandbox: Sandbox, home: Path) -> str:
    """Run a query where setup.toml says, and return its rows as `psql --csv` prints them."""
    where = example_config(tree).sql.get(name, Where())
    with in_process(sandbox), Neon() as neon:
        uri = neon.connection_string(where.branch, database=where.database, at=where.at)
    path = Path("snippets", name)
    ended = requirements.run(
        ["psql", str(uri), "--no-psqlrc", "--csv", "--set=ON_ERROR_STOP=1", f"--file={path}"],
        tree.root,
        requirements.environment(home, {}),
    )
    if ended.status:
        line = re.search(rf"{re.escape(str(path))}:(\d+): ", ended.err)
        what = f"psql ended with the exit status {ended.status}:\n{ended.err.strip()}\n"
        problem = tree.problem(name, int(line[1]) if line else 1, what, "Correct the query")
        raise ExampleMismatch(str(problem))
    return ended.out
