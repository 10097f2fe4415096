"""Pagination. A cursor names a page's last entry, so the next page repeats and skips no entry."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from neon_sandbox.model import Branch, Operation, rules

SortBy = Literal["name", "created_at", "updated_at"]
Order = Literal["asc", "desc"]
SORTS: tuple[SortBy, ...] = ("name", "created_at", "updated_at")
ORDERS: tuple[Order, ...] = ("asc", "desc")


_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z", re.ASCII)


class _Cursor(NamedTuple):
    """The sort order of a list of branches, and the sort key and id of a page's last branch."""

    sort_by: SortBy
    order: Order
    key: str
    id: str


def page_of_branches(
    branches: Sequence[Branch],
    *,
    sort_by: str | None,
    order: str | None,
    cursor: str | None,
    limit: int | None,
) -> tuple[list[Branch], dict[str, str]]:
    """Sort branches; return the page after the cursor, and its ``pagination`` property."""
    place = _read(cursor) if cursor else None
    if place and (sort_by or place.sort_by, order or place.order) != (place.sort_by, place.order):
        raise rules.bad_request("the cursor belongs to a list that is sorted otherwise")
    by = place.sort_by if place else sort_by or "updated_at"
    direction = place.order if place else order or "desc"
    keyed = [((_key(branch, by), branch.id), branch) for branch in branches]
    keyed.sort(key=lambda pair: pair[0], reverse=direction == "desc")
    if place:
        seen = (place.key, place.id)
        keyed = [
            pair for pair in keyed if (pair[0] < seen if direction == "desc" else pair[0] > seen)
        ]
    shown = keyed if limit is None else keyed[:limit]
    page = {"sort_by": by, "sort_order": direction}
    # [rule: list-cursors] [rule: list-cursors-limit]
    if shown and (limit is None or len(shown) == limit):
        last = msgspec.json.encode((by, direction, *shown[-1][0]))
        page["next"] = base64.urlsafe_b64encode(last).decode()
    return [branch for _, branch in shown], page


def page_of_operations(
    newest_first: Sequence[Operation], cursor: str | None, limit: int | None
) -> list[Operation]:
    """Return the operations that are older than the time of the cursor."""
    if cursor and not _TIME.fullmatch(cursor):
        raise rules.bad_request("the cursor is not one of this list")
    older = [one for one in newest_first if not cursor or operation_cursor(one) < cursor]
    return older if limit is None else older[:limit]


def operation_cursor(operation: Operation) -> str:
    """Return the cursor of a page that ends with an operation: its time.

    Digits after the microseconds tell operations of one request apart. [rule: operation-cursors]
    """
    return f"{operation.created_at:%Y-%m-%dT%H:%M:%S.%f}{operation.id[-6:]}Z"


def _key(branch: Branch, by: str) -> str:
    # With a fixed number of digits, the strings sort in the order of time.
    return branch.name if by == "name" else f"{getattr(branch, by).timestamp():020.6f}"


def _read(cursor: str) -> _Cursor:
    try:
        return msgspec.json.decode(
            base64.b64decode(cursor, altchars=b"-_", validate=True), type=_Cursor
        )
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise rules.bad_request("the cursor is not one of this list") from None
