"""The rules of Neon: projects, branches, operations and history.

The model does no I/O: it gets a clock and a storage. Rules that are known about Neon are in the
modules that apply them. Assumptions about Neon are in `neon_sandbox.model.rules`.
"""

from neon_sandbox.model.entities import (
    Branch,
    Database,
    Endpoint,
    EndpointOptions,
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
    "EndpointOptions",
    "EphemeralCompute",
    "Model",
    "Operation",
    "PricingPlan",
    "Project",
    "Role",
    "ScheduleItem",
    "Snapshot",
]
