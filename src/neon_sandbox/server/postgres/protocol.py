"""Messages of the Postgres protocol 3.0, up to the relay and at the client's end of it."""

import struct
from dataclasses import dataclass

PROTOCOL = 3 << 16
SSL_REQUEST, GSSENC_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102
MAX_STARTUP = 10_000
MAX_PASSWORD = 10_000

INVALID_PASSWORD = "28P01"  # noqa: S105 - an error code
INVALID_AUTHORIZATION = "28000"
TOO_MANY_CONNECTIONS = "53300"
INTERNAL_ERROR = "XX000"
PROTOCOL_VIOLATION = "08P01"
INVALID_PARAMETER = "22023"
ADMIN_SHUTDOWN = "57P01"
CANNOT_CONNECT_NOW = "57P03"
SYSTEM_ERROR = "58000"

_KEY = struct.Struct("!II")


class Malformed(Exception):
    """A message that violates the protocol."""


class ClientMessages:
    """Follows the messages of a client after its login, to know when it says goodbye."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0
        self.terminated = False

    def feed(self, data: bytes) -> None:
        """Read on in the client's data, which may end within a message."""
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            part = data[at : at + 5 - len(self._head)]
            self._head += part
            at += len(part)
            if len(self._head) == 5:
                self.terminated |= self._head[:1] == b"X"
                self._left = max(int.from_bytes(self._head[1:], "big") - 4, 0)
                self._head = b""


@dataclass(frozen=True, slots=True)
class Startup:
    """A client's startup message: the requested minor version and the parameters."""

    minor: int
    parameters: dict[str, str]

    @property
    def user(self) -> str:
        """The role that the client logs in as."""
        return self.parameters["user"]


def read_startup(version: int, body: bytes) -> Startup:
    """Parse the parameters that follow the protocol version."""
    if version >> 16 != PROTOCOL >> 16:
        raise Malformed(f"unsupported frontend protocol {version >> 16}.{version & 0xFFFF}")
    try:
        texts = body.decode().split("\0")
    except UnicodeDecodeError:
        raise Malformed("the startup packet is not UTF-8") from None
    if len(texts) < 2 or texts[-2:] != ["", ""] or len(texts) % 2:
        raise Malformed("invalid startup packet layout: expected terminator as last byte")
    parameters = dict(zip(texts[:-2:2], texts[1:-2:2], strict=True))
    if not parameters.get("user"):
        raise Malformed("no PostgreSQL user name specified in startup packet")
    return Startup(version & 0xFFFF, parameters)


def startup(parameters: dict[str, str]) -> bytes:
    """Return the startup message of a client."""
    pairs = (text.encode() + b"\0" for pair in parameters.items() for text in pair)
    body = struct.pack("!I", PROTOCOL) + b"".join(pairs) + b"\0"
    return struct.pack("!I", len(body) + 4) + body


def message(kind: bytes, body: bytes) -> bytes:
    """Return a message that begins with its type, as all but the first do."""
    return kind + struct.pack("!I", len(body) + 4) + body


def negotiate_version(asked: Startup) -> bytes:
    """Return a message that offers version 3.0; nothing if the client asked for no more."""
    options = [name for name in asked.parameters if name.startswith("_pq_.")]
    if not asked.minor and not options:
        return b""
    names = b"".join(name.encode() + b"\0" for name in options)
    return message(b"v", struct.pack("!II", PROTOCOL, len(options)) + names)


def sasl_mechanisms(mechanisms: list[str]) -> bytes:
    """Return the AuthenticationSASL message with the mechanisms that a client may use."""
    return _authentication(10, b"".join(name.encode() + b"\0" for name in mechanisms) + b"\0")


def sasl_continue(data: bytes) -> bytes:
    """Return the server's message in a SASL exchange that continues."""
    return _authentication(11, data)


def sasl_final(data: bytes) -> bytes:
    """Return the server's message in a SASL exchange that succeeded."""
    return _authentication(12, data)


def read_sasl_initial(body: bytes) -> tuple[str, bytes]:
    """Parse the mechanism that a client chose, and its first message."""
    name, _, rest = body.partition(b"\0")
    if len(rest) < 4 or int.from_bytes(rest[:4], "big") != len(rest) - 4:
        raise Malformed("malformed SASL response")
    return name.decode("ascii", "replace"), rest[4:]


def error(code: str, text: str, severity: str = "FATAL") -> bytes:
    """Return an error, which ends the connection."""
    fields = {b"S": severity, b"V": severity, b"C": code, b"M": text}
    return message(b"E", b"".join(k + v.encode() + b"\0" for k, v in fields.items()) + b"\0")


def error_code(body: bytes) -> str:
    """Return the SQLSTATE code of an error that a server sent."""
    codes = (field[1:] for field in body.split(b"\0") if field[:1] == b"C")
    return next(codes, b"").decode("ascii", "replace")


def read_cancel_key(body: bytes) -> tuple[int, int]:
    """Parse the process id and the secret by which a cancel request identifies a session."""
    if len(body) != _KEY.size:
        raise Malformed("malformed key of a session")
    process, secret = _KEY.unpack(body)
    return process, secret


def cancel(key: tuple[int, int]) -> bytes:
    """Return a cancel request."""
    return struct.pack("!II", 16, CANCEL_REQUEST) + _KEY.pack(*key)


def _authentication(kind: int, data: bytes) -> bytes:
    return message(b"R", struct.pack("!I", kind) + data)
