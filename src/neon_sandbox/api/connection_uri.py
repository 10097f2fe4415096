"""Connection strings."""

from urllib.parse import quote

from neon_sandbox.model import Endpoint, Role


def uri(endpoint: Endpoint, role: Role, database: str, *, pooled: bool = False) -> str:
    """Return the connection string for a compute.

    A pooled one differs only if the host contains the endpoint's id, as Neon's hosts do.
    """
    host = endpoint.host.replace(endpoint.id, f"{endpoint.id}-pooler") if pooled else endpoint.host
    user = f"{quote(role.name, safe='')}:{quote(role.password, safe='')}"
    options = "sslmode=require&channel_binding=require"
    return f"postgresql://{user}@{host}/{quote(database, safe='')}?{options}"
