"""Tests that no tracked file has a registry host, a machine's path, a secret or unfinished work."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.checks import LEFTOVER
from tests.docs.harness import nothing_in
from tools.docs.tree import ROOT

# No host stands here as a whole, so that the search does not match this list.
HOSTS = r"(?:pypi|pythonhosted|npmjs|anaconda)\.org|(?:npmjs|yarnpkg)\.com"
# Passwords that a connection string may have: public ones, invented ones, and placeholders.
PUBLIC = (
    r"(?:sandbox-password|password-that-nobody-sees|secret|PASSWORD|AbC123dEf|pw|p%2Fw"
    r"|p%40ss%2Fword)@|[*$\{]"
)
FORBIDDEN = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a key of Neon's": re.compile(r"\bnapi_[A-Za-z0-9]{20,}"),
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a token of GitHub": re.compile(r"\b(?:gh[opsur]_[A-Za-z0-9]{36}|github_pat_\w{22,})"),
    "a token of a package index": re.compile(r"\b(?:pypi-AgE|npm_)[\w-]{30,}"),
    "a password": re.compile(rf"\bpostgres(?:ql)?://[^\s:@/\"']+:(?!{PUBLIC})[^\s@\"']+@"),
    "the host of a package registry": re.compile(HOSTS),
    "a path of one machine": re.compile(r"(?<![\w.~/*-])/(?:home|Users|root|work|tmp|opt)/"),
    "a word that marks unfinished work": LEFTOVER,
}


def tracked() -> list[Path]:
    """Return the files under version control that exist."""
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)  # noqa: S607
    return [path for name in listed.split("\0") if (path := ROOT / name).is_file()]


def offences(name: str, text: str) -> list[str]:
    """Return the forbidden strings in a text, each with file and line."""
    return [
        f"{name}:{number}: {what}: {found[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if (found := pattern.search(line))
    ]


def test_no_file_names_a_place_or_holds_a_secret() -> None:
    nothing_in(
        offence
        for path in tracked()
        if b"\0" not in (content := path.read_bytes())
        for offence in offences(str(path.relative_to(ROOT)), content.decode("utf-8"))
    )


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
    (found,) = offences("a.md", f"fine\n{text}\n")
    assert found.startswith("a.md:2: ")
