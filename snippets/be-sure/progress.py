from neon_restore import Neon, OperationProgress, Progress

POINT = "2026-11-20T14:31:00Z"


def show(event: Progress) -> None:
    if not isinstance(event, OperationProgress):
        print(event)


with Neon(progress=show) as neon:
    neon.restore("production", at=POINT)
