"""Type checking of the public API: mypy and Pyright, both strict, agree on the cases here."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neon_restore import Neon
from tools.docs import requirements
from tools.generate_async_client import TYPES, generate

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def checked(*paths: Path) -> str:
    """Return the output of mypy for some files, run as in `make check`."""
    command = [sys.executable, "-m", "mypy", "--warn-unused-ignores", *map(str, paths)]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603


def test_a_type_checker_agrees(tmp_path: Path) -> None:
    """Each `assert_type` holds, and each ignored error occurs, for both clients."""
    asynchronous = tmp_path / "asynchronous.py"
    asynchronous.write_text(generate(TYPES), "utf-8")
    cases = [HERE / "blocking.py", HERE / "results.py", asynchronous]
    assert "no issues found in 3 source files" in checked(*cases)


@pytest.mark.needs("pyright")
def test_pyright_agrees(tmp_path: Path) -> None:
    """Editors show what Pyright finds: the same types, and the same errors on the same lines."""
    settings = {
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": "error",
        "extraPaths": [str(ROOT / "src")],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    (tmp_path / "asynchronous.py").write_text(generate(TYPES), "utf-8")
    for name in ("blocking.py", "results.py"):
        shutil.copy(HERE / name, tmp_path)

    def found() -> str:
        command = ["pyright", "--pythonpath", sys.executable]
        return requirements.run(command, tmp_path, requirements.environment(tmp_path, {})).out

    assert "0 errors, 0 warnings" in found()
    case = "from neon_restore import Neon\nNeon().backups()  # type: ignore\nNeon().backups(7)\n"
    (tmp_path / "case.py").write_text(case, "utf-8")
    assert "2 errors, 0 warnings" in found()


def test_an_error_that_is_none_is_found(tmp_path: Path) -> None:
    """An ignored error that no longer occurs fails, as does a type that changed."""
    case = tmp_path / "case.py"
    case.write_text(
        "from typing import assert_type\n"
        "from neon_restore import Neon\n"
        "assert_type(Neon().backups(), int)\n"
        "Neon().backups()  # type: ignore[call-arg]\n",
        "utf-8",
    )
    said = checked(case)
    assert "[assert-type]" in said
    assert "[unused-ignore]" in said


def test_every_method_has_a_case_that_fits_and_one_that_does_not() -> None:
    """The cases of `AsyncNeon` are generated from those of `Neon`."""
    methods = {name for name in dir(Neon) if not name.startswith("_")}
    functions = {
        node.name: {leaf.attr for leaf in ast.walk(node) if isinstance(leaf, ast.Attribute)}
        for node in ast.parse((HERE / "blocking.py").read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    wrong = functions.pop("wrong")
    lacking = methods - set().union(*functions.values()), methods - {"close"} - wrong
    assert not any(lacking), f"tests/typing/blocking.py has no call of {lacking}: add one to each"
