"""Makes the files that a page loads to run Python, once for all that they are made from."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYODIDE = ROOT / "node_modules" / "pyodide"
WHEELS = ROOT / ".cache" / "wheels"
PACKED = ROOT / ".cache" / "python"
# As they come; the standard library is packed anew.
TAKEN = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
# What the worker fetches by itself, and so can count.
COUNTED = ("pyodide-lock.json", "pyodide.asm.wasm", "python_stdlib.zip", "libraries.zip")


def packed(examples: Mapping[str, Sequence[str]]) -> Path:
    """Return the folder with the files for some examples, named by what they are made from.

    An example is the programs that run when it is pressed, by its name.
    """
    if not (PYODIDE.exists() and WHEELS.exists()):
        raise FileNotFoundError("Python for the pages is not installed here: `make site` does it")
    programs = json.dumps(examples, sort_keys=True)
    digest = hashlib.sha256(programs.encode())
    for path in _made_from():
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    folder = PACKED / digest.hexdigest()[:16]
    if not folder.exists():
        shutil.rmtree(PACKED, ignore_errors=True)
        PACKED.mkdir(parents=True)
        with tempfile.TemporaryDirectory(dir=PACKED) as work:
            made = Path(work, "made")
            made.mkdir()
            _pack(made, programs)
            manifest = {
                "sizes": {name: (made / name).stat().st_size for name in COUNTED},
                "before": {name: chain[:-1] for name, chain in examples.items() if chain[1:]},
            }
            (made / "manifest.json").write_text(json.dumps(manifest), "utf-8")
            # All of it or nothing.
            made.rename(folder)
    return folder


def _made_from() -> Iterator[Path]:
    yield from (PYODIDE / name for name in (*TAKEN, "python_stdlib.zip", "pyodide-lock.json"))
    yield from sorted(WHEELS.glob("*.whl"))
    yield from sorted((ROOT / "src").rglob("*.py"))
    yield from sorted(path for path in HERE.iterdir() if path.is_file())


def _pack(target: Path, programs: str) -> None:
    for name in TAKEN:
        shutil.copyfile(PYODIDE / name, target / name)
    # Of the packages that come with Pyodide, none is taken.
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8")) | {"packages": {}}
    (target / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")
    (target / "examples.json").write_text(programs, "utf-8")
    # Where the machine has no Node, it is installed beside this Python.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    archive = (HERE / "archive.py").relative_to(ROOT)
    done = subprocess.run(
        ["node", str(HERE / "pyodide.mjs"), str(ROOT), str(archive), target.relative_to(ROOT)],
        env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"Python for the pages was not packed.\n{done.stdout}{done.stderr}")
    (target / "examples.json").unlink()
