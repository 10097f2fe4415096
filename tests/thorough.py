"""How much of what is generated is tried: a share in every run, all of it in `make properties`."""

import os

THOROUGH = bool(os.environ.get("THOROUGH"))


def examples(share: int, everything: int) -> int:
    """Return how many examples this run tries."""
    return everything if THOROUGH else share
