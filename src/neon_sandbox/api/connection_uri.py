"""Connection strings."""

from urllib.parse import quote

from neon_sandbox.model import Endpoint, Role, rules


def password(role: Role) -> str:
    """Return a role's password; raise a 501 if only its hash is known."""
    if role.password is None:
        raise rules.not_simulated(f'passwords that SQL has set, as that of "{role.name}"')
    return role.password


def uri(endpoint: Endpoint, role: Role, database: str, *, pooled: bool = False) -> str:
    """Return the connection string for a compute.

    The sandbox's hosts are numbers, so a pooled string names the endpoint in the option that Neon
    has for clients that cannot send the name of the host. [rule: pooled]
    """
    user = f"{quote(role.name, safe='')}:{quote(password(role), safe='')}"
    options = "sslmode=require&channel_binding=require"
    if pooled:
        options += f"&options=endpoint%3D{endpoint.id}-pooler"
    return f"postgresql://{user}@{endpoint.host}/{quote(database, safe='')}?{options}"
