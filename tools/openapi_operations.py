"""Lists the operations of Neon's OpenAPI document: `make operations`.

The sandbox reads the list to tell what it does not simulate from what Neon does not have.
"""

from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "node_modules/@neondatabase/api-client/public-v2-for-users.gen.yaml"
LIST = ROOT / "src/neon_sandbox/api/operations.txt"
_METHODS = ("get", "put", "post", "patch", "delete")


def operations(document: str) -> str:
    """Return a line for each operation: method, path template and operation id.

    A path with fewer parameters comes first: it is matched before a template that also fits it.
    """
    paths = yaml.load(document, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["paths"]  # noqa: S506
    lines = [
        f"{method.upper()} {template} {item[method]['operationId']}\n"
        for template, item in paths.items()
        for method in _METHODS
        if method in item
    ]
    return "".join(sorted(lines, key=lambda line: (line.count("{"), line.split()[1])))


def main() -> None:
    """Write the list."""
    LIST.write_text(operations(DOCUMENT.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
