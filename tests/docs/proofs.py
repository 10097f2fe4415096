"""What proves the descriptions, the blocks that do not run.

A description is proved by a function registered under its path. It gets the text and a fresh
incident, and raises AssertionError when the text does not fit what it describes.
"""

from collections.abc import Callable

from neon_sandbox.scenario import Sandbox

Proof = Callable[[str, Sandbox], None]

PROOFS: dict[str, Proof] = {}


def describes(snippet: str) -> Callable[[Proof], Proof]:
    """Register the decorated function as the proof of a description."""

    def register(proof: Proof) -> Proof:
        PROOFS[snippet] = proof
        return proof

    return register
