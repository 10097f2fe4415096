"""Restore Neon branches to a point in time, safely.

`Neon` and `AsyncNeon` are the way in. The errors are drawn as a tree at the top of their
module.
"""

from ._async_client import AsyncNeon
from ._client import Neon
from ._errors import (
    BackupNameRefused,
    BranchProtected,
    Busy,
    CheckFailed,
    ConfigurationError,
    InvalidPoint,
    LeftUnprotected,
    NeonError,
    NeonRestoreError,
    NoAnswer,
    NotARootBranch,
    NotAuthorized,
    NotFound,
    OperationFailed,
    OutcomeUnknown,
    OutsideHistoryWindow,
    PlanOutdated,
    RateLimited,
    Refused,
    RestoredAgain,
    StillRunning,
    Unavailable,
    UnexpectedAnswer,
    UnknownName,
)
from ._history import HistoryWindow
from ._models import Branch, Database, Endpoint, Operation
from ._points import Lsn
from ._progress import (
    Accepted,
    AnswerLost,
    Checking,
    Finished,
    Progress,
    ProtectionChanged,
    SendingAgain,
    TryingAgain,
    Working,
)
from ._results import (
    BackupBranch,
    Deleted,
    PendingRestore,
    RefusedDeletion,
    Restored,
    RestorePlan,
)
from ._secrets import ConnectionString
from ._snapshot_results import ScheduleEntry, Snapshot, SnapshotPreview, SnapshotRestored

__all__ = [
    "Accepted",
    "AnswerLost",
    "AsyncNeon",
    "BackupBranch",
    "BackupNameRefused",
    "Branch",
    "BranchProtected",
    "Busy",
    "CheckFailed",
    "Checking",
    "ConfigurationError",
    "ConnectionString",
    "Database",
    "Deleted",
    "Endpoint",
    "Finished",
    "HistoryWindow",
    "InvalidPoint",
    "LeftUnprotected",
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
    "OutcomeUnknown",
    "OutsideHistoryWindow",
    "PendingRestore",
    "PlanOutdated",
    "Progress",
    "ProtectionChanged",
    "RateLimited",
    "Refused",
    "RefusedDeletion",
    "RestorePlan",
    "Restored",
    "RestoredAgain",
    "ScheduleEntry",
    "SendingAgain",
    "Snapshot",
    "SnapshotPreview",
    "SnapshotRestored",
    "StillRunning",
    "TryingAgain",
    "Unavailable",
    "UnexpectedAnswer",
    "UnknownName",
    "Working",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
