"""Reads mkdocs.yml."""

import os
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """A loader that reads `!ENV` as an environment variable or a default, other tags as None."""


def _env(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    name, default = loader.construct_sequence(node)  # type: ignore[arg-type]
    return os.environ.get(name, default)


_Loader.add_constructor("!ENV", _env)
_Loader.add_multi_constructor("", lambda loader, suffix, node: None)


def read_settings(text: str) -> dict[str, Any]:
    """Return the settings in the text of mkdocs.yml."""
    settings: dict[str, Any] = _Loader(text).get_single_data()
    return settings
