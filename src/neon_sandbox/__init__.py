"""A simulated Neon on your machine, with its API and rules for branches, history and restores.

It is not made by Neon. `neon_sandbox.model.rules` lists its rules about Neon.
"""

from neon_sandbox.api import Api, RateLimits
from neon_sandbox.clock import Clock, ShiftedClock, SteppedClock
from neon_sandbox.errors import ApiError
from neon_sandbox.model import Model
from neon_sandbox.points import Lsn, Position
from neon_sandbox.scenario import Sandbox, incident
from neon_sandbox.storage import MemoryStorage, Storage

__all__ = [
    "Api",
    "ApiError",
    "Clock",
    "Lsn",
    "MemoryStorage",
    "Model",
    "Position",
    "RateLimits",
    "Sandbox",
    "ShiftedClock",
    "SteppedClock",
    "Storage",
    "incident",
]
