"""SCRAM logins and the messages that carry them, without a server behind them."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from neon_sandbox.server.postgres import protocol, scram
from neon_sandbox.storage.postgres import passwords

HASH = b"the certificate's hash"
UNBOUND = {"mechanism": scram.PLAIN, "bound_to": b""}
KNOWN = passwords.verifier("secret", b"sixteen bytes of")


# A client's first message, without its header.
BARE = "n=,r=mine"


def client_final(
    challenge: bytes, password: str, bound: bytes = b"n,,", nonce: str = ""
) -> tuple[bytes, bytes]:
    """Return a client's last message, which proves its password, and what it signs (RFC 5802).

    ``bound`` is the header of its first message, with the channel binding.
    """
    fields = dict(part.split("=", 1) for part in challenge.decode().split(","))
    assert fields["r"].startswith("mine")
    without_proof = f"c={base64.b64encode(bound).decode()},r={nonce or fields['r']}"
    signed = f"{BARE},{challenge.decode()},{without_proof}".encode()
    salt, count = base64.b64decode(fields["s"]), int(fields["i"])
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, count)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return f"{without_proof},p={base64.b64encode(proof).decode()}".encode(), signed


def log_in(
    *,
    mechanism: str = scram.BOUND,
    flag: str = "p=tls-server-end-point",
    bound_to: bytes = HASH,
    password: str = "secret",  # noqa: S107
    nonce: str = "",
) -> bytes:
    """Log in as a correct client does, except for what the arguments change."""
    exchange = scram.Exchange(mechanism, KNOWN, HASH)
    header = f"{flag},,".encode()
    challenge = exchange.challenge(header + BARE.encode())
    last, signed = client_final(challenge, password, header + bound_to, nonce)
    final = exchange.finish(last)
    assert final == b"v=" + base64.b64encode(hmac.digest(KNOWN.server_key, signed, "sha256"))
    return final


@pytest.mark.parametrize("options", [{}, {**UNBOUND, "flag": "n"}])
def test_a_login(options: dict[str, Any]) -> None:
    """Client and server prove to each other that they know the password."""
    assert log_in(**options)


@pytest.mark.parametrize(
    "lie",
    [
        {"password": "wrong"},
        {"bound_to": b"another certificate's hash"},
        {"bound_to": b""},
        {"nonce": "mine"},
        {"flag": "n"},
        {"flag": "y"},
        {"flag": "p=tls-unique"},
        {"mechanism": scram.PLAIN},
        {**UNBOUND, "flag": "y"},
        {"mechanism": "SCRAM-SHA-1"},
    ],
)
def test_a_login_that_fails(lie: dict[str, Any]) -> None:
    """A wrong password, another certificate, a replay, a downgrade or an unoffered option fails."""
    with pytest.raises(scram.AuthenticationFailed):
        log_in(**lie)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (b"", b""),
        (b"n,,", b""),
        (b"n,,r=x", b""),
        (b"n,,n=,r=", b""),
        (b"n,a=other,n=,r=x", b""),
        (b"n,,n=,\xff", b""),
        (b"n,,n=,r=x", b""),
        (b"n,,n=,r=x", b"c=biws,r=x,p=#"),
        (b"n,,n=,r=x", b"\xff"),
        (b"n,,n=,r=x", "c=ä,r={nonce},p=YQ==".encode()),
        (b"n,,n=,r=x", "c=biws,r={nonce},p=ä".encode()),
        (b"n,,n=,r=x", b"c=biws,r={nonce},p=YQ=="),
    ],
)
def test_a_malformed_login_fails(first: bytes, last: bytes) -> None:
    """Whatever a client sends, only `AuthenticationFailed` is raised."""
    exchange = scram.Exchange(scram.PLAIN, KNOWN, HASH)

    def log_in_so() -> None:
        nonce = exchange.challenge(first).partition(b",")[0].removeprefix(b"r=")
        exchange.finish(last.replace(b"{nonce}", nonce))

    with pytest.raises(scram.AuthenticationFailed):
        log_in_so()


def test_nobody_logs_in_as_nobody() -> None:
    """A missing role is indistinguishable from one with an unknown password, also in its salt."""
    verifiers = (passwords.mock("nobody"), passwords.mock("nobody"), KNOWN)
    exchanges = [scram.Exchange(scram.PLAIN, verifier, HASH) for verifier in verifiers]
    nonces, salts, counts = zip(
        *(exchange.challenge(b"n,,n=,r=x").split(b",") for exchange in exchanges), strict=True
    )
    assert len({*nonces}) == 3
    assert salts[0] == salts[1] != salts[2]
    assert len(salts[0]) == len(salts[2])
    assert {*counts} == {b"i=4096"}


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "md5abc",
        "SCRAM-SHA-256$4096:a$b:c",
        "SCRAM-SHA-256$4096:ä$YQ==:YQ==",
        "SCRAM-SHA-256$4096:YQ-==$YQ==:YQ==",
        "SCRAM-SHA-256$0:YQ==$YQ==:YQ==",
    ],
)
def test_what_is_no_verifier(stored: str | None) -> None:
    assert passwords.read(stored) is None
    assert not passwords.matches("secret", stored)


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_a_goodbye_is_told_from_data(size: int) -> None:
    """A goodbye within a message is data, however the client's messages are cut."""
    goodbye = protocol.message(b"X", b"")
    data = protocol.message(b"d", goodbye) + protocol.message(b"Q", b"X" * 300 + b"\0")
    messages = protocol.ClientMessages()
    for at in range(0, len(data), size):
        messages.feed(data[at : at + size])
    assert not messages.terminated
    for at in range(0, len(goodbye), size):
        messages.feed(goodbye[at : at + size])
    assert messages.terminated


def test_a_startup_message_is_read_as_it_is_written() -> None:
    """The parameters keep their order and their spaces."""
    parameters = {"user": "o", "options": "-c a=b  neon_lsn:0/1", "database": "ü"}
    written = protocol.startup(parameters)
    assert int.from_bytes(written[:4], "big") == len(written)
    read = protocol.read_startup(protocol.PROTOCOL, written[8:])
    assert (read.minor, read.parameters, read.user) == (0, parameters, "o")


@pytest.mark.parametrize(
    "body", [b"", b"\0", b"user\0\0", b"user\0x\0", b"a\0b\0\0", b"user\0\0\0"]
)
def test_a_malformed_startup_message(body: bytes) -> None:
    """A message without a user is malformed too."""
    with pytest.raises(protocol.Malformed):
        protocol.read_startup(protocol.PROTOCOL, body)


@pytest.mark.parametrize("body", [b"", b"SCRAM", b"SCRAM\0", b"SCRAM\0\0\0\0\5abc"])
def test_a_malformed_choice_of_a_mechanism(body: bytes) -> None:
    with pytest.raises(protocol.Malformed):
        protocol.read_sasl_initial(body)


def test_an_error_says_its_code() -> None:
    written = protocol.error(protocol.INVALID_PASSWORD, "no")
    assert protocol.error_code(written[5:]) == "28P01"
    assert protocol.error_code(b"\0") == ""
