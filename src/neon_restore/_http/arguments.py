"""Checks the arguments of public methods against their annotations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from inspect import iscoroutinefunction, isfunction
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from neon_restore._errors import WrongType

T = TypeVar("T")

_ADVICE = {
    "RestorePlan": "Pass a plan to restore, begin_restore or resume.",
    "PendingRestore": "Pass a pending restore to wait, resume or rollback.",
    "Restored": "Pass a finished restore to rollback or resume.",
    "Snapshot": "Pass a snapshot to restore_snapshot, preview_snapshot or delete_snapshot.",
    "SnapshotPreview": "Pass a preview to finalize_restore.",
    "SnapshotRestored": "Pass its branch, or its replaced branch.",
    "begun": "Pass the branch that was restored, and a backup of it as backup_name.",
    "pending": "Pass the name of a branch to resume, which looks for the restore.",
}
"""What to do, by the type of the argument or by its name."""


def check_types(taker: str, hints: Mapping[str, Any], given: Mapping[str, object]) -> None:
    """Check that values have the types of annotations.

    The error does not show the value: it may be a secret.
    """
    for name, value in given.items():
        if name in hints and not _fits(value, hints[name]):
            kind = "None" if value is None else type(value).__name__
            taken = _names(hints[name])
            raise WrongType(
                f"{taker} takes {name} as {taken}, not as {kind}.",
                advice=_ADVICE.get(kind) or _ADVICE.get(name) or f"Give {name} as {taken}.",
            )


def check_arguments(client: type[T]) -> type[T]:
    """Make the public methods of a class check their arguments before they run."""
    for name, method in [*vars(client).items()]:
        if isfunction(method) and not name.startswith("_"):
            setattr(client, name, _checked(method))
    return client


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    code = method.__code__
    positional = code.co_varnames[: code.co_argcount]

    def check(args: tuple[object, ...], options: dict[str, object]) -> None:
        given = dict(zip(positional, args, strict=False)) | options
        check_types(method.__name__, get_type_hints(method), given)

    @wraps(method)
    def blocking(*args: Any, **options: Any) -> Any:
        check(args, options)
        return method(*args, **options)

    @wraps(method)
    async def asynchronous(*args: Any, **options: Any) -> Any:
        check(args, options)
        return await method(*args, **options)

    return asynchronous if iscoroutinefunction(method) else blocking


def _fits(value: object, hint: Any) -> bool:
    kind, parameters = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        return any(_fits(value, each) for each in parameters)
    if kind is Literal:
        return value in parameters
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, kind):
        return False
    if kind is Mapping:
        return all(_fits(k, parameters[0]) and _fits(v, parameters[1]) for k, v in value.items())
    # The items of an iterator are not read here: they could be read only once.
    if kind in (Sequence, Iterable) and isinstance(value, Sequence):
        return all(_fits(each, parameters[0]) for each in value)
    return True


def _names(hint: Any) -> str:
    is_choice = get_origin(hint) in (Union, UnionType, Literal)
    *others, last = [
        "None" if each is NoneType else getattr(each, "__name__", repr(each))
        for each in (get_args(hint) if is_choice else (hint,))
    ]
    return f"{', '.join(others)} or {last}" if others else str(last)
