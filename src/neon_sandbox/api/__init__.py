"""The HTTP API of the sandbox, independent of the transport."""

from neon_sandbox.api.api import Api
from neon_sandbox.api.rate_limits import RateLimits
from neon_sandbox.api.routes import ROUTES, Route

__all__ = ["ROUTES", "Api", "RateLimits", "Route"]
