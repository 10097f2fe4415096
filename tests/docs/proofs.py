"""What proves the descriptions, the blocks that do not run.

A description is proved by a function registered under its path. It gets the text and a fresh
incident, and raises AssertionError when the text does not fit what it describes.
"""

from collections.abc import Callable
from datetime import timedelta

from neon_restore import Neon
from neon_sandbox.scenario import Sandbox

Proof = Callable[[str, Sandbox], None]

PROOFS: dict[str, Proof] = {}


def describes(snippet: str) -> Callable[[Proof], Proof]:
    """Register the decorated function as the proof of a description."""

    def register(proof: Proof) -> Proof:
        PROOFS[snippet] = proof
        return proof

    return register


@describes("branch-restore/backup_name.txt")
def backup_name(text: str, sandbox: Sandbox) -> None:
    """The name of a backup is the branch's name and the time of the restore, as described."""
    before = set(sandbox.model.branches)
    with Neon() as neon:
        neon.restore("production", at=timedelta(minutes=10))
    (backup,) = (branch for key, branch in sandbox.model.branches.items() if key not in before)
    head = backup.created_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert backup.name == text.strip().format(branch_name="production", head_timestamp=head)
