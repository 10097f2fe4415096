"""Which server a connection is for: a branch's own, or one that shows its past.

Everything that asks the model does so with the API's lock held, and so not on the proxy's loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neon_sandbox import assumed
from neon_sandbox.doors.postgres import scram
from neon_sandbox.refusals import Refused
from neon_sandbox.storage.postgres import PostgresStorage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_sandbox.scenario import Sandbox

_PAST = ("neon_timestamp:", "neon_lsn:")
# Other words that Neon's proxy takes out of the options; here the port says it all.
_ROUTING = ("endpoint=", "project=")


@dataclass(frozen=True, slots=True)
class Way:
    """Where a connection leads, and what of its options the server is to hear."""

    endpoint_id: str
    visit_id: str | None
    options: str


class Ways:
    """The ways through one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        if not isinstance(sandbox.storage, PostgresStorage):
            raise TypeError("only Postgres storage has something to connect to")
        self.storage = sandbox.storage
        self._model = sandbox.model
        self._lock = sandbox.api.lock

    def verifier(self, endpoint_id: str, role: str) -> scram.Verifier:
        """Return what a role's password is checked with: the role that the branch has now."""
        with self._lock:
            endpoint = self._model.endpoints.get(endpoint_id)
            found = endpoint and self._model.branches[endpoint.branch_id].roles.get(role)
        return scram.verifier(found.password) if found else scram.nobody()

    def find(self, endpoint_id: str, options: str) -> Way:
        """Return where the options of a connection lead; open a visit where they name the past.

        Raises `Refused` for a point that cannot be had and for an endpoint that is gone.
        """
        words = options.split()
        past = [word for word in words if word.startswith(_PAST)]
        rest = [word for word in words if not word.startswith((*_PAST, *_ROUTING))]
        with self._lock:
            endpoint = self._model.endpoints.get(endpoint_id)
            if endpoint is None:
                raise assumed.not_found("endpoint")
            if past:
                visit = self._model.travel(endpoint.branch_id, " ".join(past))
                return Way(endpoint_id, visit.id, " ".join(rest))
            if endpoint.type == "read_only":
                rest.append("-c default_transaction_read_only=on")
            return Way(endpoint_id, None, " ".join(rest))

    def socket(self, way: Way) -> str | None:
        """Return the socket at the end of a way, ``None`` while nobody answers there yet.

        Raises ``KeyError`` when the way leads nowhere any more, and what kept a server from
        starting.
        """
        if way.visit_id is None:
            return self.storage.socket_at(way.endpoint_id)
        return self.storage.socket_of_past(way.visit_id)

    def keep(self, visit_ids: Iterable[str]) -> None:
        """Note that visits are in use, and let the model catch up with its clock."""
        with self._lock:
            for visit_id in visit_ids:
                try:
                    self._model.travels.query(visit_id)
                except Refused:
                    # Gone already, and its connections with it.
                    continue
            self._model.tick()
