"""The conditions to run the checks under, and the checks that each of them affects."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.everywhere import settings
from tools.everywhere.settings import Setting

# The checks that the conditions affect, as arguments of make.
LAYOUT = ("part TESTS=tests/browser",)
TEXT = ("site", "part TESTS='tests/browser tests/client tests/docs tests/sandbox/cli'")
PROCESSES = ("part TESTS='tests/browser tests/client tests/docs tests/sandbox/cli'",)
USER = ("site", "part TESTS='tests/browser tests/docs tests/sandbox/cli tests/sandbox/postgres'")
PATHS = ("check", "site", "wheel", "part TESTS='tests/docs tests/sandbox/cli'")
# Without the tests that use a package index: the only network is loopback.
LOOPBACK = (
    "part TESTS='tests/browser tests/client tests/contract tests/docs/real/test_serve.py "
    "tests/docs/test_examples.py tests/sandbox/cli tests/sandbox/postgres'",
)
BLOCKS = ("part TESTS='--all-blocks tests/browser tests/docs tests/official_clients'",)


@dataclass(frozen=True)
class Condition:
    """One row of the table.

    `proof` has the arguments of each make command. `setting` sets the condition up in a separate
    folder. With a `checkout`, the commands run in a clone of that name, which they set up
    themselves; otherwise in a clone that conditions share. `says` is what the run must print
    about the tests that it left out.
    """

    name: str
    setting: Callable[[Path], Setting]
    proof: tuple[str, ...]
    checkout: str | None = None
    says: str = ""


CONDITIONS = (
    Condition("Firefox", settings.variables(), ("part TESTS=tests/browser/firefox",)),
    Condition("DejaVu only", settings.fonts("dejavu"), LAYOUT),
    Condition(
        "no fonts",
        settings.fonts(),
        ("part TESTS='tests/browser tests/docs'",),
        says="not run here: tests/browser, because there is no font here, and Chromium needs one",
    ),
    Condition("Liberation and Noto", settings.fonts("liberation", "noto"), LAYOUT),
    Condition("14 hours east", settings.variables(TZ="Pacific/Kiritimati"), TEXT),
    Condition("11 hours west", settings.variables(TZ="Pacific/Pago_Pago"), TEXT),
    Condition("LANG=C", settings.variables(LANG="C", LC_ALL="C", LANGUAGE=""), TEXT),
    Condition("Turkish", settings.language("tr_TR"), TEXT),
    Condition("two busy loops", settings.busy(2), PROCESSES),
    Condition("ordinary user", settings.ordinary_user, USER, "checkout-of-nobody"),
    Condition("HOME not writable", settings.home_not_writable, USER, "checkout-of-nobody-at-home"),
    Condition("space and accent in the path", settings.variables(), PATHS, "dépôt à part"),
    Condition("no IPv6", settings.no_ipv6, LOOPBACK),
    Condition(
        "no Chromium",
        settings.without(
            "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
        ),
        BLOCKS,
        says="not run here: tests/browser, because there is no Chromium here",
    ),
    Condition("no psql", settings.without("psql"), BLOCKS, says="because there is no psql here"),
    Condition("Python 3.11", settings.python("3.11"), ("test",), "checkout-3.11"),
    Condition("Python 3.12", settings.python("3.12"), ("test",), "checkout-3.12"),
    Condition("Python 3.13", settings.python("3.13"), ("test",), "checkout-3.13"),
    Condition("Python 3.14 in Pyodide", settings.variables(), ("pyodide",)),
)
