"""Generated values are the same in every run."""

import importlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generated_input import same_examples


def test_the_same_is_tried_whatever_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module with constants that other tests loaded before changes nothing."""
    tried: list[tuple[str, int]] = []

    @same_examples(200, 200)
    @given(st.text(), st.integers())
    def note(text: str, number: int) -> None:
        tried.append((text, number))

    note()
    first, tried = tried, []
    constants = ", ".join(f"{1000 + number}, '{number} of them'" for number in range(500))
    (tmp_path / "with_constants.py").write_text(f"CONSTANTS = [{constants}]\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("with_constants")
    note()
    assert tried == first
