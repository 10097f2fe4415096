"""The door for Postgres clients: TLS, passwords, and the way to the branch's compute."""

from neon_sandbox.server.postgres.proxy import Proxy

__all__ = ["Proxy"]
