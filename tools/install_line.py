"""Writes the install commands of the guide from one setting: `python -m tools.install_line`."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
CLIENT = Path("snippets/install/pip.sh")
SANDBOX = Path("snippets/install/sandbox.sh")


def requirement(pyproject: str) -> str:
    """Return the pip requirement in `tool.neon-docs.install` of a pyproject.toml."""
    setting: str = tomllib.loads(pyproject)["tool"]["neon-docs"]["install"]
    # With `.` pip builds the wheel from the clone in the current folder.
    return setting or "."


def install_lines(pyproject: str) -> dict[Path, str]:
    """Return the shell command of each snippet that installs something."""
    client = requirement(pyproject)
    sandbox = re.sub(r"^[\w.-]+", r"\g<0>[sandbox]", client)
    return {
        CLIENT: f"python -m pip install {_quoted(client)}\n",
        SANDBOX: f"python -m pip install {_quoted(sandbox)}\n",
    }


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w.-]+", text) else f'"{text}"'


def main() -> None:
    """Write the snippets."""
    for name, line in install_lines((ROOT / "pyproject.toml").read_text("utf-8")).items():
        (ROOT / name).write_text(line, "utf-8")


if __name__ == "__main__":
    main()
