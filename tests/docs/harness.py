"""Helpers that several documentation tests share."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from neon_sandbox.model import Branch, Model, history
from neon_sandbox.points import Position
from tools.docs.tree import ROOT, Problem


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Write files by their paths below a folder, with line ends unchanged; return the folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


def make_program(path: Path, script: str) -> None:
    """Write an executable shell script."""
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)


def nothing_in(problems: Iterable[Problem | str]) -> None:
    """Fail if there are problems, and print one per line."""
    if found := [str(problem) for problem in problems]:
        pytest.fail("\n".join(found), pytrace=False)


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this Python environment in the repository."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603


def resolve_to_the_last_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the sandbox restore every point in time to the last commit."""
    resolve = history.resolve

    def last_of_all(
        model: Model, branch: Branch, timestamp: str | None, lsn: str | None
    ) -> Position | None:
        return resolve(model, branch, timestamp and "2026-11-20T14:39:00Z", lsn)

    monkeypatch.setattr(history, "resolve", last_of_all)
