"""SCRAM-SHA-256 verifiers: what Postgres stores in place of a password."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache

ITERATIONS, SALT_BYTES = 4096, 16
# A client that stores a verifier chooses its count, and the API waits while a password is hashed so
# often: with this many for some 20 ms. Logins do not hash here, and work with any count.
_MOST_ITERATIONS = 100_000
_STORED = re.compile(r"SCRAM-SHA-256\$([1-9][0-9]{0,8}):([^$]+)\$([^:]+):(.+)")
# Salts come from it, so that each is the same every time: a missing role's, as that of a role is,
# and a new role's, since storages that share a base backup have the same statements.
_SECRET = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Verifier:
    """The data that a server stores instead of a password."""

    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes


def verifier(password: str, salt: bytes, iterations: int = ITERATIONS) -> Verifier:
    """Return the verifier of an ASCII password."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return Verifier(iterations, salt, hashlib.sha256(client_key).digest(), server_key)


def encrypt(role: str, password: str) -> str:
    """Return the verifier of a role's ASCII password as Postgres stores it.

    SQL has it in place of the password, which no log and no list of sessions may show.
    """
    made = verifier(password, _salt(f"{role}\0{password}"))
    salt, stored_key, server_key = (
        base64.b64encode(part).decode() for part in (made.salt, made.stored_key, made.server_key)
    )
    return f"SCRAM-SHA-256${made.iterations}:{salt}${stored_key}:{server_key}"


def read(stored: str | None) -> Verifier | None:
    """Read a verifier as Postgres stores it; return ``None`` for anything else."""
    found = _STORED.fullmatch(stored or "")
    if found is None:
        return None
    try:
        salt, stored_key, server_key = (
            base64.b64decode(part, validate=True) for part in found.groups()[1:]
        )
    except ValueError:
        return None
    return Verifier(int(found[1]), salt, stored_key, server_key)


def mock(role: str) -> Verifier:
    """Return a verifier that matches no password, so that a missing role looks like any other."""
    keys = secrets.token_bytes(32), secrets.token_bytes(32)
    return Verifier(ITERATIONS, _salt(role), *keys)


def _salt(text: str) -> bytes:
    return hmac.digest(_SECRET, text.encode(), "sha256")[:SALT_BYTES]


@lru_cache(maxsize=256)
def matches(password: str, stored: str | None) -> bool:
    """Return whether Postgres stores this password; never for an excessive iteration count."""
    known = read(stored)
    if known is None or known.iterations > _MOST_ITERATIONS:
        return False
    return verifier(password, known.salt, known.iterations) == known
