"""One request as a handler sees it: path parameters, query, body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from neon_sandbox.model import assumptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neon_sandbox.model import Branch, Model

Body = TypeVar("Body")
Answer = tuple[int, object]
"""A status, and what goes into the body as JSON; ``None`` for no body."""

_NUMBER = re.compile(r"[0-9]{1,9}")
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request that has found its route. Whatever cannot be read raises `Refused` with 400."""

    model: Model
    path: Mapping[str, str]
    query: Mapping[str, str]
    content: bytes

    def branch(self) -> Branch:
        """Return the branch that the path names."""
        return self.model.branch(self.path["branch_id"])

    def body(self, shape: type[Body]) -> Body:
        """Return the body in the shape that the operation documents."""
        try:
            return msgspec.json.decode(self.content, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise assumptions.bad_request(f"request body: {error}") from None

    def integer(self, name: str, smallest: int, largest: int) -> int | None:
        """Return a whole number from the query."""
        text = self.query.get(name)
        if text is None:
            return None
        if not (_NUMBER.fullmatch(text) and smallest <= int(text) <= largest):
            raise assumptions.bad_request(f"{name} is a number from {smallest} to {largest}")
        return int(text)

    def boolean(self, name: str) -> bool:
        """Return a flag from the query, false where it is missing."""
        text = self.query.get(name, "false")
        if text not in _BOOLEANS:
            raise assumptions.bad_request(f"{name} is either true or false")
        return _BOOLEANS[text]

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """Return one of a few words from the query."""
        text = self.query.get(name)
        if text is not None and text not in choices:
            raise assumptions.bad_request(f"{name} is one of {', '.join(choices)}")
        return text

    def required(self, name: str) -> str:
        """Return a text that the query must hold."""
        try:
            return self.query[name]
        except KeyError:
            raise assumptions.bad_request(f"{name} is required") from None
