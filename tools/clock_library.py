"""Makes the libraries that show Postgres the sandbox's clock, from `clock.c`; needs `ziglang`."""

import hashlib
import subprocess
import sys
from pathlib import Path

LIBRARIES = Path(__file__).parents[1] / "src/neon_sandbox/storage/postgres/clock_library"
TARGETS = {
    "linux-x86_64": "x86_64-linux-gnu.2.17",
    "linux-aarch64": "aarch64-linux-gnu.2.17",
    "darwin-x86_64": "x86_64-macos",
    "darwin-arm64": "aarch64-macos",
}
FLAGS = ("-shared", "-fPIC", "-Os", "-s", "-Wall", "-Wextra", "-Werror")


def main() -> None:
    """Compile the source once for each platform that has a Postgres wheel."""
    source = LIBRARIES / "clock.c"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    for name, target in TARGETS.items():
        options = ["-target", target, *FLAGS, f'-DSOURCE="{digest}"', "-o", name]
        compiler = [sys.executable, "-m", "ziglang", "cc"]
        subprocess.run([*compiler, *options, source.name], check=True, cwd=LIBRARIES)
        (LIBRARIES / name).chmod(0o644)


if __name__ == "__main__":
    main()
