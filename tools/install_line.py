"""Writes the line that readers install with, from one setting: `python -m tools.install_line`."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
SNIPPET = Path("snippets/install/pip.sh")


def install_line(pyproject: str) -> str:
    """Return the shell line for the setting `tool.neon-docs.install` of a pyproject.toml.

    The setting is a requirement as pip takes it. While it is empty the line has pip build the
    wheel from the clone in the current folder and install that.
    """
    setting = tomllib.loads(pyproject)["tool"]["neon-docs"]["install"]
    return f"python -m pip install {setting or '.'}\n"


def main() -> None:
    """Write the snippet."""
    target = ROOT / SNIPPET
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(install_line((ROOT / "pyproject.toml").read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
