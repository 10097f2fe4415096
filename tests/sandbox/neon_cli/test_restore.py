"""`neon branches restore` in all of its forms."""

import pytest

from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness
from tests.sandbox.neon_cli.program import INCIDENT, Outcome, case

RESTORE = "branches restore production"
OWN, OTHER = f"{RESTORE} ^self@{BEFORE_DELETE}", f"{RESTORE} before"
KEEP, AS_JSON = "--preserve-under-name kept", "--output json"
# The last good commit, the deletion, and the last commit of all.
GOOD, DELETION, LAST = "14:30:00", "14:31:07", "14:33:00"
KEPT, REWOUND = {"production": GOOD, "kept": LAST}, {"production": GOOD, "before": LAST}
AGAIN = REWOUND | {"kept": GOOD}


def protected(harness: Harness) -> None:
    """Protect production."""
    harness.do("PATCH", f"/branches/{PRODUCTION}", {"branch": {"protected": True}})


@pytest.mark.parametrize(
    ("restored", "heads"),
    [
        case(f"{OWN} {KEEP} {AS_JSON}", PRODUCTION, KEPT),
        case(f"branches restore development ^parent {AS_JSON}", DEVELOPMENT, {"development": LAST}),
        # Undoes a restore. The children have moved to the backup branch, so no other is kept.
        case(f"{OTHER} {AS_JSON}", PRODUCTION, {"before": LAST}, before=Harness.rewound),
    ],
)
def test_a_restore(outcome: Outcome, restored: str, heads: dict[str, str]) -> None:
    """The branch keeps its id, and its previous data is in the backup branch."""
    assert outcome.json["id"] == restored
    assert outcome.heads == INCIDENT | heads


@pytest.mark.parametrize(
    "heads",
    [
        case(f"{RESTORE} ^self@{{good}} {KEEP}", KEPT),
        # The two branches share their history, and so its LSNs.
        case(f"{OTHER}@{{good}} {KEEP}", AGAIN, before=Harness.rewound),
        case(
            f"{OTHER}@2026-11-20T14:32:00Z {KEEP}",
            AGAIN | {"production": DELETION},
            before=Harness.rewound,
        ),
    ],
)
def test_a_restore_that_prints_a_table(outcome: Outcome, heads: dict[str, str]) -> None:
    assert outcome.status == 0, outcome.stderr
    assert outcome.heads == INCIDENT | heads


@pytest.mark.parametrize(
    ("said", "heads"),
    [
        case(f"{OWN}", "preserve_under_name is required", {}),
        case(f"{OWN} {KEEP}", "cannot reset protected branch", {}, before=protected),
        case(
            f"{RESTORE} ^self@2026-11-20T07:00:00Z {KEEP}",
            "history window, which starts at 2026-11-20T08:00:00Z",
            {},
        ),
        # A restored root branch has no parent: its backup branch is not its parent.
        case(f"{RESTORE} ^parent", "Branch has no parent", REWOUND, before=Harness.rewound),
    ],
)
def test_a_rejected_restore(outcome: Outcome, said: str, heads: dict[str, str]) -> None:
    assert outcome.status == 1
    assert said in outcome.stderr
    assert outcome.heads == INCIDENT | heads
