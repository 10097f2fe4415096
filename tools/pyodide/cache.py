"""Makes the files that a page loads to run Python, once per version of their sources."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools import node

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYODIDE = ROOT / "node_modules" / "pyodide"
WHEELS = ROOT / ".cache" / "wheels"
PACKED = ROOT / ".cache" / "python"
KEPT = 2
"""The number of folders that stay beside a new one."""
UNFINISHED = "."
"""The prefix of the name of an incomplete folder."""
# Copied unchanged; the standard library is packed again.
TAKEN = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
# Files that the worker fetches itself, so that it can count their bytes.
COUNTED = ("pyodide-lock.json", "pyodide.asm.wasm", "python_stdlib.zip", "libraries.zip")


class SourcesChanged(RuntimeError):
    """A change to the sources of Python for the pages since the site was built."""

    def __init__(self) -> None:
        super().__init__("Files have changed since the site was built: build it anew.")


def packed_name(examples: Mapping[str, Sequence[str]]) -> str:
    """Return the name of the folder for examples, by name with their programs: a hash of both."""
    if not (PYODIDE.exists() and WHEELS.exists()):
        raise FileNotFoundError("Python for the pages is not installed here: `make site` does it")
    digest = hashlib.sha256(json.dumps(examples, sort_keys=True).encode())
    for path in _made_from():
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def packed(examples: Mapping[str, Sequence[str]]) -> Path:
    """Return the folder with the files for some examples; pack them if they are not cached."""
    folder = PACKED / packed_name(examples)
    PACKED.mkdir(parents=True, exist_ok=True)
    # `make site` may run at the same time as `make serve`.
    with PACKED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _drop_old()
            _make(folder, examples)
        # `_drop_old` keeps the folders with the newest times.
        os.utime(folder)
    return folder


def _drop_old() -> None:
    """Remove unfinished and old folders, not the newest: another command may be copying them."""
    for path in PACKED.glob(f"{UNFINISHED}*"):
        shutil.rmtree(path)
    for path in sorted(PACKED.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(path)


def _make(folder: Path, examples: Mapping[str, Sequence[str]]) -> None:
    with tempfile.TemporaryDirectory(dir=PACKED, prefix=UNFINISHED) as work:
        made = Path(work, "made")
        made.mkdir()
        _pack(made, json.dumps(examples, sort_keys=True))
        manifest = {
            "sizes": {name: (made / name).stat().st_size for name in COUNTED},
            "before": {name: chain[:-1] for name, chain in examples.items() if chain[1:]},
        }
        (made / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        if packed_name(examples) != folder.name:
            raise SourcesChanged
        # Publish the folder atomically.
        made.rename(folder)


def _made_from() -> Iterator[Path]:
    yield from (PYODIDE / name for name in (*TAKEN, "python_stdlib.zip", "pyodide-lock.json"))
    yield from sorted(WHEELS.glob("*.whl"))
    yield from sorted((ROOT / "src").rglob("*.py"))
    yield from sorted(path for path in HERE.iterdir() if path.is_file())


def _pack(target: Path, programs: str) -> None:
    for name in TAKEN:
        shutil.copyfile(PYODIDE / name, target / name)
    # No package that comes with Pyodide is used.
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8")) | {"packages": {}}
    (target / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")
    (target / "examples.json").write_text(programs, "utf-8")
    archive = (HERE / "archive.py").relative_to(ROOT)
    node.run(HERE / "pyodide.mjs", ROOT, archive, target.relative_to(ROOT))
    (target / "examples.json").unlink()
