"""A copied block runs when it is pasted into the shell of a fresh sandbox."""

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page

from tests.browser.clipboard import TREE, copied, visit
from tools.docs import outputs, requirements
from tools.scratch import scratch

# Runs a query where the page says: on the current data of the database with the orders.
PSQL = (
    'psql "$(neon connection-string production --database-name shop '
    '--project-id "$NEON_PROJECT_ID")" --csv'
)
# The program that a reader who knows only the page pastes each kind of block into.
SHELL = {".py": "python -", ".sh": "bash", ".sql": PSQL}
REPRESENTATIVE = [
    "index/look.py",
    "branch-restore/asynchronous.py",
    "index/look_curl.sh",
    "index/look_cli.sh",
    "recover-one-table/look.sql",
]
pytestmark = pytest.mark.needs("curl", "jq", "neon", "postgres", "psql")


def clipboard(page: Page, snippet: str) -> str:
    """Return the text that a snippet's copy button gives, on the first page that shows it."""
    source = next(block.page for block in TREE.blocks if block.snippet == snippet)
    found = next(block for block, shown in visit(page, source) if shown.snippet == snippet)
    return copied(page, found)


def pasted(home: Path, command: str, text: str = "") -> str:
    """Paste text into a command in the shell of a fresh sandbox; return the output."""
    sandbox = ["neon-sandbox", "run", "--port", "0", "--quiet", "--", "bash", "-c", command]
    with scratch() as folder:
        variables = requirements.environment(home, {"TMPDIR": str(folder)})
        ended = requirements.run(sandbox, home, variables, text)
    assert ended.status == 0, ended.err
    return ended.out


@pytest.mark.parametrize("snippet", REPRESENTATIVE)
def test_a_pasted_block_prints_what_the_page_shows(
    snippet: str, page: Page, tmp_path: Path
) -> None:
    printed = pasted(tmp_path, SHELL[Path(snippet).suffix], clipboard(page, snippet))
    assert outputs.steady(printed) == outputs.steady(TREE.text(Path("snippets", f"{snippet}.out")))


def test_a_pasted_workflow_runs_the_pasted_drill(page: Page, tmp_path: Path) -> None:
    """With the script that its page names, the workflow's step prints the output of that script."""
    workflow = yaml.safe_load(clipboard(page, "scheduled/restore-drill.yml"))
    (tmp_path / "drill.py").write_text(clipboard(page, "rehearse/drill.py"), "utf-8")
    step = workflow["jobs"]["drill"]["steps"][-1]["run"]
    shown = TREE.text(Path("snippets/rehearse/drill.py.out"))
    assert outputs.steady(pasted(tmp_path, step)) == outputs.steady(shown)
