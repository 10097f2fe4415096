"""The rules of Neon: projects, branches, operations, history. No I/O; clock and storage handed in.

What is known of Neon stands where the rule stands; what is only assumed stands in
`neon_sandbox.assumed`.
"""

from neon_sandbox.model.entities import (
    Branch,
    Database,
    Endpoint,
    Operation,
    Plan,
    Project,
    Role,
    ScheduleItem,
    Snapshot,
)
from neon_sandbox.model.model import Model
from neon_sandbox.model.travel import Visit

__all__ = [
    "Branch",
    "Database",
    "Endpoint",
    "Model",
    "Operation",
    "Plan",
    "Project",
    "Role",
    "ScheduleItem",
    "Snapshot",
    "Visit",
]
