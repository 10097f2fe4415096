"""Tests of the generator of the asynchronous client."""

import sys
from pathlib import Path

import pytest

from tools import generate_async_client
from tools.generate_async_client import CLIENT, Generated, generate


def test_a_file_that_is_not_current_is_named_with_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "_async_client.py"
    old.write_text("old\n", "utf-8")
    monkeypatch.setattr(generate_async_client, "CLIENT", CLIENT._replace(target=str(old)))
    monkeypatch.setattr(sys, "argv", ["generate_async_client", "--check"])
    with pytest.raises(SystemExit, match="then run `make async`"):
        generate_async_client.main()
    assert old.read_text("utf-8") == "old\n"


def test_a_rule_that_replaces_nothing_is_refused() -> None:
    """A change to the source cannot leave an unused rule behind."""
    with pytest.raises(ValueError, match="has nothing that matches 'absent'"):
        generate(Generated(CLIENT.source, CLIENT.target, {"absent": ""}))
