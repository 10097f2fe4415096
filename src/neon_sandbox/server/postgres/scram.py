"""The server side of SCRAM-SHA-256, with and without channel binding (RFC 5802, RFC 7677).

It covers only what Postgres clients use: the role's name comes with the startup message and is
empty here, and the channel binding is ``tls-server-end-point``.
"""

import base64
import hashlib
import hmac
import secrets

from neon_sandbox.storage.postgres.passwords import Verifier

PLAIN, BOUND = "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"


class AuthenticationFailed(Exception):
    """The client did not prove that it knows the password."""


class Exchange:
    """One login: the client's first message, the challenge, its final message, the result."""

    def __init__(self, mechanism: str, known: Verifier, certificate_hash: bytes) -> None:
        self._bound = mechanism == BOUND
        if mechanism not in (PLAIN, BOUND):
            raise AuthenticationFailed(f"the mechanism {mechanism} was not offered")
        self._known = known
        self._hash = certificate_hash
        self._header = self._first = self._challenge = self._nonce = ""

    def challenge(self, message: bytes) -> bytes:
        """Return the answer to the client's first message."""
        parts = _text(message).split(",", 2)
        if len(parts) != 3:
            raise AuthenticationFailed("malformed first message")
        flag, identity, self._first = parts
        self._check(flag)
        self._header = f"{flag},{identity},"
        fields = _fields(self._first)
        if identity or "n" not in fields or not fields.get("r"):
            raise AuthenticationFailed("malformed first message")
        self._nonce = fields["r"] + secrets.token_urlsafe(18)
        salt = base64.b64encode(self._known.salt).decode()
        self._challenge = f"r={self._nonce},s={salt},i={self._known.iterations}"
        return self._challenge.encode()

    def finish(self, message: bytes) -> bytes:
        """Verify the client's final message, which proves the password; return the answer."""
        without_proof, _, proof = _text(message).rpartition(",p=")
        fields = _fields(without_proof)
        bound_to = self._header.encode() + (self._hash if self._bound else b"")
        if fields.get("r") != self._nonce or _decode(fields.get("c", "")) != bound_to:
            raise AuthenticationFailed("the nonce or the channel binding does not match")
        signed = ",".join((self._first, self._challenge, without_proof)).encode()
        signature = _hmac(self._known.stored_key, signed)
        client_key = bytes(a ^ b for a, b in zip(_decode(proof), signature, strict=False))
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), self._known.stored_key):
            raise AuthenticationFailed("the proof does not match")
        return b"v=" + base64.b64encode(_hmac(self._known.server_key, signed))

    def _check(self, flag: str) -> None:
        """Reject a client whose channel binding is not the one that was offered."""
        expected = "p=tls-server-end-point" if self._bound else "n"
        # "y" says that the client supports channel binding and believes that the server does not:
        # the offer was tampered with.
        if flag != expected:
            raise AuthenticationFailed("the channel binding is not the one that was offered")


def _fields(text: str) -> dict[str, str]:
    return {part[0]: part[2:] for part in text.split(",") if part[1:2] == "="}


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise AuthenticationFailed("a message is not UTF-8") from None


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        # Of which `binascii.Error` is one, and what non-ASCII text raises another.
        raise AuthenticationFailed("a message is not base64") from None


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
