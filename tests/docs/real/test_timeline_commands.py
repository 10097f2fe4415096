"""Shell commands of a choice do in the sandbox what the answer to the choice says."""

from datetime import datetime
from pathlib import Path

import pytest

from neon_sandbox.scenario import instant
from tests.docs.harness import write_files
from tests.docs.pictures import storage
from tests.docs.timeline_data import STOPS, commands, filled, read, rows
from tools.docs import run_shell, sandboxes
from tools.docs.tree import DocsTree


@pytest.mark.needs("curl", "jq", "neon")
@pytest.mark.parametrize(
    ("branch", "source", "stop", "place"),
    [
        pytest.param("production", "development", None, 1, id="cli"),
        pytest.param("production", "production", instant("13:20:00"), 2, id="curl-point"),
        pytest.param("production", "development", None, 2, id="curl-head"),
    ],
)
def test_a_shell_command_does_what_the_answer_says(
    branch: str, source: str, stop: datetime | None, place: int, tmp_path: Path
) -> None:
    """The databases have the rows of the answer; the children are on the backup branch."""
    answer = read().answers[f"{branch}/{source}"][STOPS.index(stop)]
    text = filled(commands(branch, source)[place].text, stop)
    tree = DocsTree(write_files(tmp_path, {"snippets/choice/command.sh": text}))
    with sandboxes.fresh(rows=False) as sandbox, sandboxes.home() as home:
        before = set(sandbox.model.branches)
        run_shell.run(tree, "choice/command.sh", sandbox, home)
        commits = storage(sandbox).commits(sandbox.branch(branch).id)
        for database, _, then in answer.databases:
            assert rows(commits, database) == then
        (backup,) = (b for key, b in sandbox.model.branches.items() if key not in before)
        assert [child.name for child in sandbox.model.children(backup)] == answer.moves
