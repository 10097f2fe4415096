"""Sets up each condition, or reports what the machine lacks for it."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from glob import escape, glob
from pathlib import Path

FIND_PYTHON = Path(__file__).parent.parent / "find-python"
FONTS = Path("/usr/share/fonts/truetype")
FONT_PACKAGES = {
    "dejavu": "fonts-dejavu-core",
    "liberation": "fonts-liberation",
    "noto": "fonts-noto-core",
}
FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{directories}
<include ignore_missing="yes">/etc/fonts/conf.d</include>
<cachedir>{cache}</cachedir>
</fontconfig>
"""
# Starts $0 busy loops, runs the command in the other arguments, and ends the loops with it.
BUSY = """\
for _ in $(seq "$0"); do
  while :; do :; done &
  loops="$loops $!"
done
trap 'kill $loops' EXIT
"$@"
"""
ONLY_IPV4 = """\
ip link set lo up
sysctl --quiet --write net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.lo.disable_ipv6=1
exec "$@"
"""
# The files in which pip and npm have the package indexes. A run with another home needs them too.
CLIENT_SETTINGS = (".config/pip/pip.conf", ".pip/pip.conf", ".npmrc")


class NotHere(Exception):
    """A condition that this machine cannot set up; completes “not run here, because …”."""


@dataclass(frozen=True)
class Setting:
    """What a condition changes for its make commands.

    `environment` is added to the current one. The command `wrapper` runs each make command. If
    `owner` is set, the checkout belongs to that account.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    wrapper: tuple[str, ...] = ()
    owner: pwd.struct_passwd | None = None


def variables(**given: str) -> Callable[[Path], Setting]:
    """Set environment variables."""
    return lambda folder: Setting(given)


def fonts(*families: str) -> Callable[[Path], Setting]:
    """Limit fontconfig to these font families."""

    def set_up(folder: Path) -> Setting:
        _require_linux()
        for family in families:
            if not any((FONTS / family).glob("*.ttf")):
                raise NotHere(f"the package {FONT_PACKAGES[family]} is not installed")
        conf = folder / "fonts.conf"
        directories = "\n".join(f"<dir>{FONTS / family}</dir>" for family in families)
        conf.write_text(FONTS_CONF.format(directories=directories, cache=folder / "cache"), "utf-8")
        return Setting({"FONTCONFIG_FILE": str(conf)})

    return set_up


def language(name: str) -> Callable[[Path], Setting]:
    """Make a locale and set it for all categories, including the messages of programs."""

    def set_up(folder: Path) -> Setting:
        _require_linux()
        _require("localedef", "libc-bin")
        if not Path("/usr/share/i18n/locales", name).exists():
            raise NotHere("the package locales is not installed")
        locale = f"{name}.UTF-8"
        made = folder / locale
        subprocess.run(["localedef", "-i", name, "-f", "UTF-8", made], check=True)
        variables = {"LANG": locale, "LC_ALL": locale, "LANGUAGE": name.partition("_")[0]}
        return Setting({**variables, "LOCPATH": str(folder)})

    return set_up


def busy(loops: int) -> Callable[[Path], Setting]:
    """Run this many busy loops beside the make commands."""
    return lambda folder: Setting(wrapper=("sh", "-c", BUSY, str(loops)))


def without(*programs: str) -> Callable[[Path], Setting]:
    """Remove programs from the PATH."""
    return lambda folder: Setting({"PATH": _path_without(programs, folder)})


def python(version: str) -> Callable[[Path], Setting]:
    """Make the Makefile use this version of Python."""

    def set_up(folder: Path) -> Setting:
        name = f"python{version}"
        pyenv = os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))
        # Not `Path.glob`, which fails if the folder belongs to another user.
        found = glob(f"{escape(pyenv)}/versions/{version}.*/bin/{name}")  # noqa: PTH207
        for candidate in (name, *found):
            if _runs([candidate, "-c", "import venv"]):
                return Setting({"PYTHON": candidate})
        raise NotHere(f"there is no {name}")

    return set_up


def ordinary_user(folder: Path) -> Setting:
    """Run as `nobody`, with a home that it owns and no sudo."""
    return _as_nobody(folder, owns_home=True)


def home_not_writable(folder: Path) -> Setting:
    """Run as `nobody`, with a home that belongs to root."""
    return _as_nobody(folder, owns_home=False)


def no_ipv6(folder: Path) -> Setting:
    """Run in a network namespace with only loopback and only IPv4."""
    _require_root()
    for program, package in (("unshare", "util-linux"), ("ip", "iproute2"), ("sysctl", "procps")):
        _require(program, package)
    wrapper = ("unshare", "--net", "sh", "-euc", ONLY_IPV4, "sh")
    if not _runs([*wrapper, "true"]):
        raise NotHere("root may not make a network namespace here")
    return Setting(wrapper=wrapper)


def _as_nobody(folder: Path, *, owns_home: bool) -> Setting:
    """Run as `nobody`, with a home that has only the package index settings of pip and npm."""
    _require_root()
    _require("setpriv", "util-linux")
    nobody = pwd.getpwnam("nobody")
    home = folder / "home"
    home.mkdir()
    for name in CLIENT_SETTINGS:
        source = Path.home() / name
        if source.exists():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, home / name)
    if owns_home:
        for path in (home, *home.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    ids = (f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}")
    wrapper = ("setpriv", *ids, "--clear-groups")
    user = dict.fromkeys(("USER", "LOGNAME"), nobody.pw_name)
    environment = {"HOME": str(home), **user, "PATH": _path_without(["sudo"], folder)}
    # Pass the text of the script: another user may not reach its path.
    find_python = ["sh", "-c", FIND_PYTHON.read_text("utf-8")]
    if not _runs([*wrapper, *find_python], environment):
        raise NotHere("the user nobody can run no Python 3.11 or newer")
    return Setting(environment, wrapper, nobody)


def _path_without(programs: Sequence[str], folder: Path) -> str:
    """Return a PATH without some programs: a copy replaces each folder that has one of them."""
    directories = []
    for number, directory in enumerate(os.environ["PATH"].split(os.pathsep)):
        if not any(Path(directory, program).exists() for program in programs):
            directories.append(directory)
            continue
        copy = folder / f"path-{number}"
        copy.mkdir()
        for entry in Path(directory).iterdir():
            if entry.name not in programs:
                (copy / entry.name).symlink_to(entry)
        directories.append(str(copy))
    return os.pathsep.join(directories)


def _require_linux() -> None:
    if sys.platform != "linux":
        raise NotHere("this is not Linux")


def _require_root() -> None:
    _require_linux()
    if os.geteuid() != 0:
        raise NotHere("it takes root to set it up")


def _require(program: str, package: str) -> None:
    if shutil.which(program) is None:
        raise NotHere(f"there is no {program} (package {package})")


def _runs(command: list[str], environment: Mapping[str, str] | None = None) -> bool:
    variables = {**os.environ, **(environment or {})}
    try:
        done = subprocess.run(command, env=variables, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0
