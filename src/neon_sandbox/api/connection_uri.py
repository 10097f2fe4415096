"""Connection strings."""

from urllib.parse import quote

from neon_sandbox.model import Endpoint, Role, rules


def password(role: Role) -> str:
    """Return a role's password; raise a 501 if only its hash is known. [rule: not-simulated]"""
    if role.password is None:
        raise rules.not_simulated(f'passwords that SQL has set, as that of "{role.name}"')
    return role.password


def uri(endpoint: Endpoint, role: Role, database: str, *, pooled: bool = False) -> str:
    """Return the connection string for a compute.

    A pooled one differs only if the host contains the endpoint's id, as Neon's hosts do.
    """
    host = endpoint.host.replace(endpoint.id, f"{endpoint.id}-pooler") if pooled else endpoint.host
    user = f"{quote(role.name, safe='')}:{quote(password(role), safe='')}"
    options = "sslmode=require&channel_binding=require"
    return f"postgresql://{user}@{host}/{quote(database, safe='')}?{options}"
