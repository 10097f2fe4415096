"""Restore Neon branches to a point in time, safely.

Start with `Neon` or `AsyncNeon`. The top of `_errors` draws the errors as a tree.
"""

from neon_restore._errors import (
    BackupNameRefused,
    BranchProtected,
    CheckFailed,
    ConfigurationError,
    DeadlinePassed,
    InvalidPoint,
    LeftUnprotected,
    Locked,
    NeonError,
    NeonRestoreError,
    NoAnswer,
    NotARootBranch,
    NotAuthorized,
    NotFound,
    OperationFailed,
    OutcomeUnknown,
    OutsideHistoryWindow,
    OverwrittenSince,
    OverwroteAnother,
    PlanOutdated,
    RateLimited,
    Refused,
    StillRunning,
    TimedOut,
    Unavailable,
    UnexpectedAnswer,
    UnknownName,
    WrongType,
)
from neon_restore._events import (
    Accepted,
    AnswerLost,
    Checking,
    Finished,
    OperationProgress,
    Progress,
    ProtectionChanged,
    Resending,
    Retrying,
)
from neon_restore._http.config import VERSION
from neon_restore._http.connection_string import ConnectionString
from neon_restore._models.api import Branch, Database, Endpoint, Operation
from neon_restore._models.backups import BackupBranch, DeletionReport, RefusedDeletion
from neon_restore._models.points import HistoryWindow, Lsn
from neon_restore._models.restores import PendingRestore, Restored, RestorePlan
from neon_restore._models.rows import TableRows
from neon_restore._restore.verify import Checks
from neon_restore._snapshots.models import (
    ScheduleEntry,
    Snapshot,
    SnapshotPreview,
    SnapshotRestored,
)

from ._async_client import AsyncNeon
from ._client import Neon

__all__ = [
    "Accepted",
    "AnswerLost",
    "AsyncNeon",
    "BackupBranch",
    "BackupNameRefused",
    "Branch",
    "BranchProtected",
    "CheckFailed",
    "Checking",
    "Checks",
    "ConfigurationError",
    "ConnectionString",
    "Database",
    "DeadlinePassed",
    "DeletionReport",
    "Endpoint",
    "Finished",
    "HistoryWindow",
    "InvalidPoint",
    "LeftUnprotected",
    "Locked",
    "Lsn",
    "Neon",
    "NeonError",
    "NeonRestoreError",
    "NoAnswer",
    "NotARootBranch",
    "NotAuthorized",
    "NotFound",
    "Operation",
    "OperationFailed",
    "OperationProgress",
    "OutcomeUnknown",
    "OutsideHistoryWindow",
    "OverwrittenSince",
    "OverwroteAnother",
    "PendingRestore",
    "PlanOutdated",
    "Progress",
    "ProtectionChanged",
    "RateLimited",
    "Refused",
    "RefusedDeletion",
    "Resending",
    "RestorePlan",
    "Restored",
    "Retrying",
    "ScheduleEntry",
    "Snapshot",
    "SnapshotPreview",
    "SnapshotRestored",
    "StillRunning",
    "TableRows",
    "TimedOut",
    "Unavailable",
    "UnexpectedAnswer",
    "UnknownName",
    "WrongType",
]

__version__ = VERSION

for _name in __all__:
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = __name__
del _name
