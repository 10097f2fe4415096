"""Official clients can do what they could; what they cannot, and why, is in `gaps.toml`."""

from types import ModuleType
from unittest import mock

import pytest

from tests.official_clients import answers, cli, drivers, sdk
from tests.official_clients.__main__ import main
from tests.official_clients.measurement import (
    GAPS,
    SHOWN,
    Gap,
    Outcome,
    Result,
    disagreements,
    read_gaps,
    report,
)

PASSED, REFUSED, FAILED = Outcome
NO_ROUTE = Gap("no route", FAILED, ("SDK: a*", "CLI: b"))


@pytest.mark.parametrize(
    "measure",
    [
        sdk,
        pytest.param(drivers, marks=pytest.mark.needs("postgres")),
        answers,
    ],
    ids=lambda measure: measure.__name__.rpartition(".")[2],
)
def test_what_does_not_pass_is_a_known_gap(measure: ModuleType) -> None:
    results = list(measure.measure())
    assert {result.client for result in results} <= set(measure.CLIENTS)
    assert list(disagreements(results, read_gaps(), measure.CLIENTS)) == []


def test_a_measure_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with mock.patch("sys.argv", ["clients", "sdk", "typo"]):
        assert main() == 2
    assert (
        capsys.readouterr().err == "nothing was tried: typo is none of sdk, cli, drivers, answers\n"
    )


@pytest.mark.long_running
def test_the_cli_does_what_it_could() -> None:
    """All of its lines take a minute: `make clients` tries the others every night."""
    assert list(disagreements(list(cli.attempt(cli.PROMISED)), read_gaps(), ())) == []


def test_each_gap_is_of_a_client() -> None:
    """A test of one client does not judge the names of another."""
    clients = [client for one in (sdk, cli, drivers, answers) for client in one.CLIENTS]
    names = [name for gap in read_gaps() for name in gap.names]
    # Of many drivers at once.
    assert {name.partition(":")[0] for name in names} <= {*clients, "ps*"}


@pytest.mark.parametrize(
    ("tried", "outcome", "said"),
    [
        ("a1", FAILED, []),
        ("a1", REFUSED, ["SDK: a1: refused, not failed: no"]),
        ("a1", PASSED, [f"SDK: a1: passed: take it out of {GAPS.name}"]),
        ("c", PASSED, [f"SDK: a*: nothing of this name is tried: take it out of {GAPS.name}"]),
        (
            "c",
            FAILED,
            [
                "SDK: c: failed: no",
                f"SDK: a*: nothing of this name is tried: take it out of {GAPS.name}",
            ],
        ),
    ],
)
def test_a_gap_that_closes_or_opens_is_told(tried: str, outcome: Outcome, said: list[str]) -> None:
    """The CLI did not run, so what the gaps say about it is not judged."""
    results = [Result("SDK", tried, outcome, "no")]
    assert list(disagreements(results, [NO_ROUTE], ["SDK"])) == said


def test_two_reasons_for_one_try() -> None:
    results = [Result("SDK", "a", FAILED)]
    found = list(disagreements(results, [NO_ROUTE, NO_ROUTE], ["SDK"]))
    assert found == [f"SDK: a: {GAPS.name} has 2 reasons for it: leave one"]


def test_the_report() -> None:
    results = [Result("SDK", f"a{number}", FAILED) for number in range(SHOWN + 2)]
    lines = list(report([*results, Result("SDK", "c", PASSED)], [NO_ROUTE]))
    assert lines[1].split() == ["SDK", "28", "1", "0", "27"]
    assert lines[-1] == "  and 2 more"


@pytest.mark.parametrize(
    ("leaf", "text", "found"),
    [
        ("branches purge", "", ["branches purge"]),
        ("branches rename", "Options:\n--project-id\n--force\n", ["branches rename --force"]),
        ("branches create", "--compute\n--name\n-x, --extra\n", ["branches create --extra"]),
    ],
)
def test_what_is_new_in_the_help_of_the_cli(leaf: str, text: str, found: list[str]) -> None:
    assert [result.tried for result in cli.without_a_line(leaf, text)] == found
