"""The command-line options of `neon-sandbox`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

DEFAULT_PORT = 14310
# Leaves ports after it for the computes.
LAST_PORT = 65_000
_ABOUT = """\
A sandbox that imitates Neon on this machine. It holds the incident of the guide: all orders are
deleted, and the history that restores them is there. It is not Neon, and not made by Neon. It
listens on loopback only."""
_RUNS = """\
Runs COMMAND with NEON_API_HOST, NEON_API_KEY and NEON_PROJECT_ID set to a sandbox of its own, and
ends with its exit status: 128 and the number of the signal for one that a signal ended, 125 when
the sandbox itself could not start."""


@dataclass(frozen=True)
class Options:
    """The options of one start. Without a ``command``, it opens a shell or prints variables."""

    port: int = DEFAULT_PORT
    data: Path | None = None
    keep: bool = False
    idle: timedelta = timedelta(seconds=30)
    now: bool = False
    quiet: bool = False
    child_restores: bool = False
    memory: bool = False
    printed: bool = False
    command: tuple[str, ...] = ()

    @property
    def first_endpoint_port(self) -> int:
        """The port of the first compute: the one after the API's, or 0 for any free one."""
        return self.port + 1 if self.port else 0


def read(arguments: Sequence[str]) -> Options:
    """Parse the arguments; exit with status 2 if they are invalid."""
    # What follows the first `--` belongs to the command.
    place = arguments.index("--") if "--" in arguments else len(arguments)
    command = arguments[place + 1 :]
    parser = _parser()
    found = vars(parser.parse_args(arguments[:place]))
    if found.pop("mode", None) == "run":
        if not command:
            parser.error("run needs a command after two dashes: neon-sandbox run -- COMMAND")
        if "printed" in found:
            parser.error("--print does not apply to run, which sets the variables for its command")
    elif place < len(arguments):
        parser.error("to run a command: neon-sandbox run -- COMMAND")
    if "memory" in found and not found.keys().isdisjoint({"data", "keep"}):
        parser.error("--memory keeps no databases, so --data and --keep do not apply")
    return Options(command=tuple(command), **found)


def _parser() -> argparse.ArgumentParser:
    # Absent options store nothing, so that an option works both before and after `run`.
    shared = argparse.ArgumentParser(
        add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS
    )
    add = shared.add_argument
    add(
        "--port",
        type=_port,
        metavar="PORT",
        help=f"where the API listens, and computes on the ports after it; 0 takes any free ones "
        f"(default: {DEFAULT_PORT})",
    )
    add(
        "--data",
        type=Path,
        metavar="DIR",
        help="where the databases are kept: a directory that is empty or missing "
        "(default: one in the system's directory for temporary files)",
    )
    add("--keep", action="store_true", help="leave that directory behind at the end")
    add(
        "--idle",
        type=_seconds,
        metavar="SECONDS",
        help="how long a time travel compute outlives its last query (default: 30)",
    )
    add(
        "--child-restores",
        action="store_true",
        help="accept restores of child branches to a point, which Neon documents as unsupported",
    )
    add(
        "--memory",
        action="store_true",
        help="the API alone, without databases: nothing to connect to, and nothing to install",
    )
    add(
        "--now",
        action="store_true",
        help="let the incident end now, and not on 2026-11-20 at 14:40 UTC, where the guide has it",
    )
    add("--quiet", action="store_true", help="do not show requests and changes of branches")
    parser = argparse.ArgumentParser(
        prog="neon-sandbox",
        allow_abbrev=False,
        description=_ABOUT,
        parents=[shared],
        argument_default=argparse.SUPPRESS,
        epilog="Without --print and run, it opens a shell in which the variables are set.",
    )
    parser.add_argument(
        "--print",
        action="store_true",
        dest="printed",
        help="print the variables for other terminals instead, and run until Ctrl-C",
    )
    modes = parser.add_subparsers(dest="mode", metavar="run", required=False)
    modes.add_parser(
        "run",
        help="run one command with the variables set: run -- COMMAND [ARGUMENT ...]",
        description=_RUNS,
        allow_abbrev=False,
        usage="neon-sandbox run [options] -- COMMAND [ARGUMENT ...]",
        parents=[shared],
    )
    return parser


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 1 to {LAST_PORT}, nor 0")
    return port


def _seconds(text: str) -> timedelta:
    try:
        span = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        span = timedelta()
    if span <= timedelta():
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above zero")
    return span
