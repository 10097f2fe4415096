"""The storage of branch data: its protocol, and the storage without rows."""

from neon_sandbox.storage.memory import Commit, MemoryStorage
from neon_sandbox.storage.protocol import Job, Locked, Outcome, Storage

__all__ = ["Commit", "Job", "Locked", "MemoryStorage", "Outcome", "Storage"]
