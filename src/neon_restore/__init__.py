"""Restore Neon branches to a point in time, safely.

Start with `Neon` or `AsyncNeon`. The top of `_errors` draws the errors as a tree.
"""

from neon_restore._errors import (
    BackupNameRefused as BackupNameRefused,
    BranchProtected as BranchProtected,
    CheckFailed as CheckFailed,
    ConfigurationError as ConfigurationError,
    DeadlinePassed as DeadlinePassed,
    InvalidPoint as InvalidPoint,
    LeftUnprotected as LeftUnprotected,
    Locked as Locked,
    NeonError as NeonError,
    NeonRestoreError as NeonRestoreError,
    NoAnswer as NoAnswer,
    NotARootBranch as NotARootBranch,
    NotAuthorized as NotAuthorized,
    NotFound as NotFound,
    OperationFailed as OperationFailed,
    OutcomeUnknown as OutcomeUnknown,
    OutsideHistoryWindow as OutsideHistoryWindow,
    OverwrittenSince as OverwrittenSince,
    OverwroteAnother as OverwroteAnother,
    PlanOutdated as PlanOutdated,
    RateLimited as RateLimited,
    Refused as Refused,
    StillRunning as StillRunning,
    TimedOut as TimedOut,
    Unavailable as Unavailable,
    UnexpectedAnswer as UnexpectedAnswer,
    UnknownName as UnknownName,
    WrongType as WrongType,
)
from neon_restore._events import (
    Accepted as Accepted,
    AnswerLost as AnswerLost,
    Checking as Checking,
    Finished as Finished,
    OperationProgress as OperationProgress,
    Progress as Progress,
    ProtectionChanged as ProtectionChanged,
    Resending as Resending,
    Retrying as Retrying,
)
from neon_restore._http import config as _config
from neon_restore._http.connection_string import ConnectionString as ConnectionString
from neon_restore._models.api import (
    Branch as Branch,
    Database as Database,
    Endpoint as Endpoint,
    Operation as Operation,
)
from neon_restore._models.backups import (
    BackupBranch as BackupBranch,
    DeletionReport as DeletionReport,
    RefusedDeletion as RefusedDeletion,
)
from neon_restore._models.points import (
    HistoryWindow as HistoryWindow,
    Lsn as Lsn,
)
from neon_restore._models.restores import (
    PendingRestore as PendingRestore,
    Restored as Restored,
    RestorePlan as RestorePlan,
)
from neon_restore._models.rows import TableRows as TableRows
from neon_restore._restore.verify import Checks as Checks
from neon_restore._snapshots.models import (
    ScheduleEntry as ScheduleEntry,
    Snapshot as Snapshot,
    SnapshotPreview as SnapshotPreview,
    SnapshotRestored as SnapshotRestored,
)

from ._async_client import AsyncNeon as AsyncNeon
from ._client import Neon as Neon

__all__ = sorted(name for name in globals() if name[0].isupper())
__version__ = _config.VERSION

for _name in __all__:
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = __name__
del _name
