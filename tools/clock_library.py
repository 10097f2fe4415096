"""Compiles the libraries that show Postgres the sandbox's clock: `make clock`.

Without `--write` it only says which libraries are not what their source compiles to. Tests tell
that from `clock_library.sha256` where the compiler is missing.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tools.docs.tree import ROOT

LIBRARIES = ROOT / "src/neon_sandbox/storage/postgres/clock_library"
DIGESTS = ROOT / "tools/clock_library.sha256"
PIN = ROOT / "requirements/clock.txt"
# Where `make clock` installs the compiler.
COMPILER = ROOT / ".cache/clock"
TARGETS: Mapping[str, str] = {
    "linux-x86_64": "x86_64-linux-gnu.2.17",
    "linux-aarch64": "aarch64-linux-gnu.2.17",
    "darwin-x86_64": "x86_64-macos",
    "darwin-arm64": "aarch64-macos",
}
FLAGS = ("-shared", "-fPIC", "-Os", "-s", "-Wall", "-Wextra", "-Werror")


def digests(libraries: Path = LIBRARIES) -> str:
    """Return the digests of what libraries are made from, and of each, as `sha256sum` does."""
    source = (libraries / "clock.c").read_text("utf-8")
    compiler = re.findall(r"^ziglang==\S+", PIN.read_text("utf-8"), re.MULTILINE)
    inputs = repr((source, compiler, FLAGS, sorted(TARGETS.items()))).encode()
    contents = {"inputs": inputs} | {name: (libraries / name).read_bytes() for name in TARGETS}
    return "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items()
    )


def compile_to(folder: Path) -> None:
    """Compile the source once for each platform that has a Postgres wheel."""
    for name, target in TARGETS.items():
        command = [sys.executable, "-m", "ziglang", "cc", "-target", target, *FLAGS]
        subprocess.run(
            # On macOS a library has the name in it that it is written to.
            [*command, "-o", name, str(LIBRARIES / "clock.c")],
            check=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(COMPILER)},
        )
        (folder / name).chmod(0o644)


def main() -> int:
    """Compile, and compare or write; return 1 for a library that is not as its source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the libraries")
    if parser.parse_args().write:
        compile_to(LIBRARIES)
        DIGESTS.write_text(digests(), "utf-8")
        return 0
    with tempfile.TemporaryDirectory() as made:
        compile_to(Path(made))
        others = [
            name
            for name in TARGETS
            if Path(made, name).read_bytes() != (LIBRARIES / name).read_bytes()
        ]
    for name in others:
        print(f"{name} is not what clock.c compiles to. Run `make clock WRITE=1`.")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
