"""A stand-in Neon for tests and rehearsals: its API, its rules of branches, history and restore.

Not made by Neon, and not Neon: what it only assumes is written down in `neon_sandbox.assumed`.
"""

from neon_sandbox.api import Api, Limits
from neon_sandbox.clock import Clock, ShiftedClock, SteppedClock
from neon_sandbox.model import Model
from neon_sandbox.points import Lsn, Position
from neon_sandbox.refusals import Refused
from neon_sandbox.scenario import Sandbox, incident
from neon_sandbox.storage import MemoryStorage, Storage

__all__ = [
    "Api",
    "Clock",
    "Limits",
    "Lsn",
    "MemoryStorage",
    "Model",
    "Position",
    "Refused",
    "Sandbox",
    "ShiftedClock",
    "SteppedClock",
    "Storage",
    "incident",
]
