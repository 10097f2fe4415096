"""Routes connections to servers: a branch's, or an ephemeral compute's.

All calls into the model hold the API's lock, so none is made on the proxy's event loop.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from neon_sandbox.errors import ApiError
from neon_sandbox.model import computes, time_travel
from neon_sandbox.model.state import find
from neon_sandbox.scenario import Sandbox
from neon_sandbox.storage.postgres import PostgresStorage
from neon_sandbox.storage.postgres.passwords import Verifier

_PAST = ("neon_timestamp:", "neon_lsn:")
# Other options that Neon's proxy removes; here the port identifies the endpoint.
_ROUTING = ("endpoint=", "project=")


@dataclass(frozen=True, slots=True)
class Route:
    """The target of a connection, and the options that are passed on to the server."""

    endpoint_id: str
    ephemeral_id: str | None
    options: str


class Router:
    """The routes of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        if not isinstance(sandbox.storage, PostgresStorage):
            raise TypeError("only Postgres storage has something to connect to")
        self.storage = sandbox.storage
        self._model = sandbox.model
        self._lock = sandbox.api.lock

    def verifier(self, endpoint_id: str, role: str) -> Verifier | None:
        """Return the verifier of a role that the branch has now; ``None`` while nothing answers."""
        with self._lock:
            branch_id = find(self._model.endpoints, endpoint_id, "endpoint").branch_id
        return self.storage.verifier(branch_id, role)

    def wake(self, endpoint_id: str) -> None:
        """Start the endpoint's compute if it is suspended."""
        with self._lock:
            computes.wake(self._model, endpoint_id)

    def find(self, endpoint_id: str, options: str) -> Route:
        """Return the route for a connection's options; a past point starts an ephemeral compute."""
        words = options.split()
        past = [word for word in words if word.startswith(_PAST)]
        rest = [word for word in words if not word.startswith((*_PAST, *_ROUTING))]
        with self._lock:
            endpoint = find(self._model.endpoints, endpoint_id, "endpoint")
            if past:
                compute = self._model.time_travel(endpoint.branch_id, " ".join(past))
                return Route(endpoint_id, compute.id, " ".join(rest))
            if endpoint.type == "read_only":
                rest.append("-c default_transaction_read_only=on")
            return Route(endpoint_id, None, " ".join(rest))

    def socket(self, route: Route) -> str | None:
        """Return the socket of a route's server, or ``None`` while no server answers there."""
        if route.ephemeral_id is None:
            return self.storage.socket_at(route.endpoint_id)
        return self.storage.ephemeral_socket(route.ephemeral_id)

    def keep(self, ephemeral_ids: Iterable[str]) -> None:
        """Record that ephemeral computes are in use; let the model catch up with its clock."""
        with self._lock:
            for ephemeral_id in ephemeral_ids:
                # If the compute has stopped already, so have its connections.
                with suppress(ApiError):
                    time_travel.touch(self._model, ephemeral_id)
            self._model.tick()
