"""Which server a connection is for: a branch's own, or one that shows its past.

Everything that asks the model does so with the API's lock held, and so not on the proxy's loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neon_sandbox.errors import ApiError
from neon_sandbox.model import assumptions, time_travel
from neon_sandbox.server.postgres import scram
from neon_sandbox.storage.postgres import PostgresStorage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_sandbox.scenario import Sandbox

_PAST = ("neon_timestamp:", "neon_lsn:")
# Other words that Neon's proxy takes out of the options; here the port says it all.
_ROUTING = ("endpoint=", "project=")


@dataclass(frozen=True, slots=True)
class Route:
    """Where a connection leads, and what of its options the server is to hear."""

    endpoint_id: str
    ephemeral_id: str | None
    options: str


class Router:
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
        return scram.verifier(found.password) if found else scram.mock_verifier()

    def find(self, endpoint_id: str, options: str) -> Route:
        """Return where the options of a connection lead; open a visit where they name the past.

        Raises `Refused` for a point that cannot be had and for an endpoint that is gone.
        """
        words = options.split()
        past = [word for word in words if word.startswith(_PAST)]
        rest = [word for word in words if not word.startswith((*_PAST, *_ROUTING))]
        with self._lock:
            endpoint = self._model.endpoints.get(endpoint_id)
            if endpoint is None:
                raise assumptions.not_found("endpoint")
            if past:
                visit = self._model.time_travel(endpoint.branch_id, " ".join(past))
                return Route(endpoint_id, visit.id, " ".join(rest))
            if endpoint.type == "read_only":
                rest.append("-c default_transaction_read_only=on")
            return Route(endpoint_id, None, " ".join(rest))

    def socket(self, route: Route) -> str | None:
        """Return the socket at the end of a way, ``None`` while nobody answers there yet.

        Raises ``KeyError`` when the way leads nowhere any more, and what kept a server from
        starting.
        """
        if route.ephemeral_id is None:
            return self.storage.socket_at(route.endpoint_id)
        return self.storage.ephemeral_socket(route.ephemeral_id)

    def keep(self, visit_ids: Iterable[str]) -> None:
        """Note that visits are in use, and let the model catch up with its clock."""
        with self._lock:
            for ephemeral_id in visit_ids:
                try:
                    time_travel.touch(self._model, ephemeral_id)
                except ApiError:
                    # Gone already, and its connections with it.
                    continue
            self._model.tick()
