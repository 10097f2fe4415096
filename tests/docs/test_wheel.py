"""Tests of the wheel as applications use it: on a fresh Python, without the extra `sandbox`."""

import sys
import zipfile
from pathlib import Path

import pytest

from tools.docs import requirements
from tools.docs.clean_environment import CleanEnvironment
from tools.docs.tree import ROOT

# Prints the packages that an import looks for, whether they are installed or not.
ASKED_FOR = """
import sys

asked = set()

class Noting:
    @staticmethod
    def find_spec(name, path=None, target=None):
        asked.add(name.partition(".")[0])

sys.meta_path.insert(0, Noting)
import neon_restore
print(*asked)
"""
ELSEWHERE = {"neon_sandbox", "respx", "psycopg", "psycopg_c", "psycopg_binary", "rich"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel of the current repository, and return its path."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    ended = requirements.run(build, ROOT, {"PATH": requirements.PATH})
    assert ended.status == 0, ended.err
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    """Return a fresh environment with the wheel installed."""
    environment = CleanEnvironment(tmp_path_factory.mktemp("environment"))
    ended = environment.run("python", "-m", "pip", "install", "--quiet", wheel)
    assert ended.status == 0, ended.err
    return environment


def test_the_wheel_holds_two_typed_packages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    source = ROOT / "src"
    data = ("*.py", "py.typed", "api/operations.txt", "clock_library/*")
    files = [path for pattern in data for path in source.rglob(pattern)]
    modules = {path.relative_to(source).as_posix() for path in files}
    assert {name for name in names if ".dist-info/" not in name} == modules
    assert {f"{path.name}/py.typed" for path in source.iterdir() if path.is_dir()} < modules
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_wheel_brings_along_what_the_client_needs(environment: CleanEnvironment) -> None:
    expected = {"neon-restore", "httpx", "msgspec"}
    needed = {"anyio", "certifi", "h11", "httpcore", "idna", "sniffio", "typing_extensions"}
    assert expected <= environment.packages() <= expected | needed | {"pip", "setuptools"}


def test_the_client_asks_for_nothing_of_the_sandbox(environment: CleanEnvironment) -> None:
    ended = environment.run("python", "-c", ASKED_FOR)
    assert ended.status == 0, ended.err
    asked = set(ended.out.split())
    assert "httpx" in asked
    assert not asked & ELSEWHERE


def test_the_sandbox_runs_without_its_extra(environment: CleanEnvironment) -> None:
    """In memory it needs nothing more; for rows, the command says what to install."""
    ended = environment.run("python", "-c", "from neon_sandbox import incident; incident()")
    assert ended.status == 0, ended.err
    ended = environment.run("neon-sandbox", "run", "--port", "0", "--quiet", "--", "true")
    assert ended.status != 0
    assert "neon-restore[sandbox]" in ended.err
