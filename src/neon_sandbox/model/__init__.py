"""The rules of Neon: projects, branches, operations, history. No I/O; clock and storage handed in.

What is known of Neon stands where the rule stands; what is only assumed stands in
`neon_sandbox.model.assumptions`.
"""

from neon_sandbox.model.entities import (
    Branch,
    Database,
    Endpoint,
    EphemeralCompute,
    Operation,
    PricingPlan,
    Project,
    Role,
    ScheduleItem,
    Snapshot,
)
from neon_sandbox.model.model import Model

__all__ = [
    "Branch",
    "Database",
    "Endpoint",
    "EphemeralCompute",
    "Model",
    "Operation",
    "PricingPlan",
    "Project",
    "Role",
    "ScheduleItem",
    "Snapshot",
]
