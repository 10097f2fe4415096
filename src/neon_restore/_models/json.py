"""Writes models as JSON, and reads them back."""

from typing import Self

import msgspec

from neon_restore._models.text import printable

VERSION = 1


class _Saved(msgspec.Struct, frozen=True):
    kind: str
    version: int
    value: msgspec.Raw


class JsonModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model that goes to JSON and back."""

    def to_json(self) -> str:
        """Return the object as JSON, for a log or another process; it holds no secret.

        The form is `{"kind": "PendingRestore", "version": 1, "value": {…}}`, with the class as
        `kind`. A field that gets lost or changes its meaning raises the version.
        """
        value = msgspec.Raw(msgspec.json.encode(self))
        return msgspec.json.encode(_Saved(type(self).__name__, VERSION, value)).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the object that `to_json` wrote.

        Raises:
            ValueError: The text is not JSON of this class, or is of another version.
        """
        try:
            saved = msgspec.json.decode(text, type=_Saved)
            # The order matters: another kind or version may have other fields.
            if saved.kind != cls.__name__:
                raise ValueError(
                    f"This is a {printable(saved.kind)} in JSON, not a {cls.__name__}."
                )
            if saved.version != VERSION:
                raise ValueError(
                    f"This is version {saved.version} of a {cls.__name__} in JSON, and this "
                    f"library reads version {VERSION}. Read it with the release that wrote it."
                )
            return msgspec.json.decode(saved.value, type=cls)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
            raise ValueError(f"This is no {cls.__name__} in JSON: {fault}.") from None


class MadeForProject(JsonModel, frozen=True, kw_only=True):
    """A model whose ids mean something only in its project, on its server."""

    where: str
    project_id: str
