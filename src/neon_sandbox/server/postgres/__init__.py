"""The server for Postgres clients: TLS, passwords, and the route to the branch's compute."""

from neon_sandbox.server.postgres.proxy import Proxy

__all__ = ["Proxy"]
