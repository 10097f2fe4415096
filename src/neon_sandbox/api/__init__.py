"""The HTTP API: requests in, answers out, whatever carries them."""

from neon_sandbox.api.api import Api
from neon_sandbox.api.limits import Limits
from neon_sandbox.api.routes import ROUTES, Route

__all__ = ["ROUTES", "Api", "Limits", "Route"]
