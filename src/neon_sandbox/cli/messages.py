"""The messages of the command besides its event log: the banner and the variables it sets."""

import shlex
from collections.abc import Iterator, Mapping

from neon_sandbox.cli import branch_tree
from neon_sandbox.scenario import Sandbox


def banner(sandbox: Sandbox, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that say what runs where, and the time in the sandbox."""
    project = sandbox.model.project
    yield f"A sandbox, not Neon: project {project.name} at {environment['NEON_API_HOST']}"
    for line in branch_tree.tree_rows(sandbox.model).values():
        yield f"  {line}"
    deleted, worth_keeping = sandbox.instant("14:31:07"), sandbox.instant("14:33:00")
    yield (
        f"It is {sandbox.clock.now():%Y-%m-%d %H:%M} UTC there. At {deleted:%H:%M:%S} all orders "
        f"were deleted; the page views of {worth_keeping:%H:%M:%S} in analytics are worth keeping."
    )


def exports(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield lines for a shell: the variables, and a comment that says how to unset them."""
    for name, value in environment.items():
        yield f"export {name}={shlex.quote(value)}"
    yield f"# Back to Neon: unset {' '.join(environment)}"
