"""Tests that no tracked file has a registry host, a machine's path, a secret or unfinished work."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.checks import LEFTOVER
from tools.docs.tree import ROOT

# Written in parts, so that the search does not match this list.
HOSTS = [
    rf"{name}\.{end}"
    for name, end in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "(?:org|com)"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
    )
]
FOLDERS = ("home", "Users", "root", "work", "tmp", "opt")
# Passwords that a connection string may have: public ones, invented ones, and placeholders.
PUBLIC = (
    r"(?:sandbox-password|password-that-nobody-sees|secret|PASSWORD|AbC123dEf|pw|p%2Fw"
    r"|p%40ss%2Fword)@|[*$\{]"
)
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a key of Neon's": re.compile(r"\bnapi_[A-Za-z0-9]{20,}"),
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a token of GitHub": re.compile(r"\b(?:gh[opsur]_[A-Za-z0-9]{36}|github_pat_\w{22,})"),
    "a token of a package index": re.compile(r"\b(?:pypi-AgE|npm_)[\w-]{30,}"),
    "a password": re.compile(rf"\bpostgres(?:ql)?://[^\s:@/\"']+:(?!{PUBLIC})[^\s@\"']+@"),
}
FORBIDDEN = SECRETS | {
    "the host of a package registry": re.compile("|".join(HOSTS)),
    "a path of one machine": re.compile(rf"(?<![\w.~/*-])/(?:{'|'.join(FOLDERS)})/"),
    "a word that marks unfinished work": LEFTOVER,
}


def tracked() -> list[Path]:
    """Return the files under version control that exist."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def offences(name: str, text: str) -> list[str]:
    """Return the forbidden strings in a text, each with file and line."""
    return [
        f"{name}:{number}: {what}: {found[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if (found := pattern.search(line))
    ]


def test_no_file_names_a_place_or_holds_a_secret() -> None:
    """Every tracked text file is checked; binary files are not."""
    found = [
        offence
        for path in tracked()
        if b"\0" not in (content := path.read_bytes())
        for offence in offences(str(path.relative_to(ROOT)), content.decode("utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "see https://py" + "pi.org/simple",
        "cd /ho" + "me/someone/clone",
        "# FIX" + "ME later",
        "-----BEGIN RSA PRIVATE" + " KEY-----",
        "NEON_API_KEY=napi" + "_0123456789abcdefghij0123456789",
        "id: AKIA" + "IOSFODNN7EXAMPLE",
        "ghp" + "_0123456789abcdefghij0123456789abcdef",
        "pypi" + "-AgEIcHlwaS5vcmcCJDAwMDAwMDAwMDAwMDAwMDA",
        "postgresql:" + "//owner:hunter2@ep-cool-1.neon.tech/shop",
    ],
)
def test_an_offence_is_found(text: str) -> None:
    """The search matches each kind of forbidden string and names the line."""
    (found,) = offences("a.md", f"fine\n{text}\n")
    assert found.startswith("a.md:2: ")
