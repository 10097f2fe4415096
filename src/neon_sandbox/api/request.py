"""`ApiRequest`: the path parameters, query and body that a handler reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from neon_sandbox.model import Branch, Model, rules

Body = TypeVar("Body")
Answer = tuple[int, object]
"""A status code and the JSON body, or ``None`` for no body."""

_NUMBER = re.compile(r"[0-9]{1,9}")
# As Go reads them, which Neon is written in: the client on PyPI sends "True". [rule: booleans]
_BOOLEANS = dict.fromkeys(("true", "True", "TRUE", "t", "T", "1"), True) | dict.fromkeys(
    ("false", "False", "FALSE", "f", "F", "0"), False
)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request matched to its route. Invalid input raises `ApiError` with 400."""

    model: Model
    path: Mapping[str, str]
    query: Mapping[str, str]
    content: bytes

    def branch(self) -> Branch:
        """Return the branch with the id in the path."""
        return self.model.branch(self.path["branch_id"])

    def body(self, shape: type[Body], *, optional: bool = False) -> Body:
        """Decode the JSON body as the type ``shape``; an ``optional`` one may be missing."""
        content = b"{}" if optional and not self.content else self.content
        try:
            return msgspec.json.decode(content, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise rules.malformed_body(str(error)) from None

    def integer(self, name: str, smallest: int, largest: int) -> int | None:
        """Return an integer from the query, or ``None`` if it is missing."""
        text = self.query.get(name)
        if text is None:
            return None
        if not (_NUMBER.fullmatch(text) and smallest <= int(text) <= largest):
            raise rules.bad_request(f"{name} is a number from {smallest} to {largest}")
        return int(text)

    def boolean(self, name: str) -> bool:
        """Return a boolean from the query, or ``False`` if it is missing."""
        text = self.query.get(name, "false")
        if text not in _BOOLEANS:
            raise rules.bad_request(f"{name} is either true or false")
        return _BOOLEANS[text]

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """Return one of ``choices`` from the query, or ``None`` if it is missing."""
        text = self.query.get(name)
        if text is not None and text not in choices:
            raise rules.bad_request(f"{name} is one of {', '.join(choices)}")
        return text

    def required(self, name: str) -> str:
        """Return a required string from the query."""
        if name not in self.query:
            raise rules.bad_request(f"{name} is required")
        return self.query[name]
