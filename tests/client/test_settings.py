"""API key, project, address and deadline: where they come from, and what is unsafe."""

import socket
import sys
from datetime import timedelta
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import httpcore
import httpx
import pytest

import neon_restore
from neon_restore import AsyncNeon, ConfigurationError, Neon, NoAnswer, Refused
from neon_restore._http import clients, config
from neon_restore._http.auth import Secret
from neon_restore._http.config import NEON
from neon_sandbox.server.http import HttpServer
from tests.client.harness import HOST, KEY, PROJECT, Harness
from tests.client.raw_server import RawServer, message, raw_server


def test_the_environment_says_where_to_go(harness: Harness) -> None:
    harness.connect().backups()
    (request,) = harness.sent
    assert str(request.url) == f"{HOST}/projects/{PROJECT}/branches?limit=5000"
    assert request.headers["Authorization"] == f"Bearer {KEY}"


def test_arguments_come_first(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEY", "HOST"):
        monkeypatch.setenv(f"NEON_API_{name}", "nonsense nonsense")
    monkeypatch.setenv("NEON_PROJECT_ID", "another")
    neon = harness.connect(api_key=KEY, project_id=PROJECT, api_host=f"{HOST}/")
    assert neon.backups() == ()


@pytest.mark.parametrize("client", [Neon, AsyncNeon])
@pytest.mark.parametrize("argument", ["api_key", "project_id", "api_host"])
def test_an_empty_argument_is_not_filled_from_the_environment(
    client: Any, argument: str, harness: Harness
) -> None:
    """An empty argument is an error: a restore must not go to an unintended project."""
    with pytest.raises(ConfigurationError):
        client(**{argument: ""})


def test_the_default_is_neon(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEON_API_HOST", "")
    assert repr(harness.connect()).endswith(f" project {PROJECT} on Neon>")
    monkeypatch.delenv("NEON_API_HOST")
    assert repr(harness.connect()).endswith(f" project {PROJECT} on Neon>")


@pytest.mark.parametrize(
    ("variable", "message"), [("NEON_API_KEY", "no API key"), ("NEON_PROJECT_ID", "no project")]
)
def test_what_is_missing_is_named(
    variable: str, message: str, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable)
    with pytest.raises(ConfigurationError, match=message) as error:
        harness.connect()
    assert variable in error.value.advice


@pytest.mark.parametrize("key", ["two words", "line\n", "naïve", "\x1b[31m"])
def test_a_key_that_cannot_be_one_is_refused(key: Any, harness: Harness) -> None:
    """Characters that no API key has raise an error here, and not a malformed header later."""
    with pytest.raises(ConfigurationError, match="characters that no key has"):
        harness.connect(api_key=key)


@pytest.mark.parametrize("project", ["Shop", "shop/branches", "..", "shop?x", "a" * 61, "a\n"])
def test_what_is_no_project_id_is_refused(project: str, harness: Harness) -> None:
    """The id becomes a part of every path, so its format is checked."""
    with pytest.raises(ConfigurationError, match="holds no project id"):
        harness.connect(project_id=project)


@pytest.mark.parametrize(
    "host",
    [
        "http://console.neon.tech/api/v2",
        "http://10.0.0.1/api/v2",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0:80",
        "http://localhost.example.com",
        "http://[2001:db8::1]/",
    ],
)
def test_plain_http_goes_to_loopback_only(host: str, harness: Harness) -> None:
    """The API key is not sent unencrypted to another machine."""
    with pytest.raises(ConfigurationError, match="would carry the key in clear"):
        harness.connect(api_host=host)
    assert harness.sent == []


@pytest.mark.parametrize(
    ("host", "where"),
    [
        ("http://127.0.0.1:14310/api/v2", "the sandbox at 127.0.0.1:14310"),
        ("http://127.8.8.8", "the sandbox at 127.8.8.8"),
        ("http://localhost:1/", "the sandbox at localhost:1"),
        ("http://[::1]:14310/api/v2", "the sandbox at [::1]:14310"),
        ("https://localhost/api/v2", "the sandbox at localhost"),
        (NEON, "Neon"),
        ("https://console.neon.tech:443/api/v2/", "Neon"),
        ("https://proxy.example.com/api/v2", "proxy.example.com"),
    ],
)
def test_a_client_says_where_it_works(host: str, where: str, harness: Harness) -> None:
    assert repr(harness.connect(api_host=host)).endswith(f" on {where}>")


@pytest.mark.needs("threads")
def test_loopback_has_no_proxy(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with HttpServer(harness.sandbox) as server:
        host, key = (server.environment[name] for name in ("NEON_API_HOST", "NEON_API_KEY"))
        neon = harness.connect(api_key=key, api_host=host, transport=None)
        assert neon.backups(timeout=5) == ()


@pytest.mark.parametrize(
    "host",
    [
        "console.neon.tech",
        "ftp://console.neon.tech",
        "https://",
        "https://user:word@console.neon.tech",
        "https://console.neon.tech/api/v2?x=1",
        "https://console.neon.tech/#x",
        "https://console.neon.tech:x",
        "https://exa mple.com\x00",
        "\ud800",
    ],
)
def test_what_is_no_address_is_refused(host: str, harness: Harness) -> None:
    """An address has a scheme, a host, optionally a port and a path, and nothing else."""
    with pytest.raises(ConfigurationError, match="API address"):
        harness.connect(api_host=host)


def test_what_is_refused_is_not_repeated(harness: Harness) -> None:
    """An API key in the wrong variable is not shown."""
    for argument in ("project_id", "api_host"):
        with pytest.raises(ConfigurationError) as error:
            harness.connect(**{argument: "napi_mistaken"})
        assert "mistaken" not in str(error.value)


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), timedelta(0)])
def test_a_deadline_is_a_positive_length_of_time(timeout: Any, harness: Harness) -> None:
    with pytest.raises(ConfigurationError, match="not a positive length of time"):
        harness.connect(timeout=timeout)
    with pytest.raises(ConfigurationError, match="not a positive length of time"):
        harness.connect().backups(timeout=timeout)
    assert harness.sent == []


def test_requests_name_the_client(harness: Harness) -> None:
    """The tool of the caller comes first, then this library, then httpx."""
    harness.connect().backups()
    harness.connect(user_agent="my-tool/1.2 (nightly)").backups()
    ours = f"neon-restore/{neon_restore.__version__} python-httpx/{httpx.__version__}"
    agents = [request.headers["User-Agent"] for request in harness.sent]
    assert agents == [ours, f"my-tool/1.2 (nightly) {ours}"]


@pytest.mark.parametrize("agent", ["", " ", "a\nb", "a  b", " a", "a ", "naïve", "\x7f", "a" * 257])
def test_what_no_header_takes_is_refused_as_a_user_agent(agent: str, harness: Harness) -> None:
    with pytest.raises(ConfigurationError, match="user_agent="):
        harness.connect(user_agent=agent)


PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the environment's proxies."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("client", [Neon, AsyncNeon])
@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1", "needs the package socksio"),
        ("HTTPS_PROXY", "http://user:word@127.0.0.1:port", "not the URL of a proxy"),
        ("HTTPS_PROXY", "ftp://127.0.0.1", "not the URL of a proxy"),
        ("HTTPS_PROXY", "http://", "not the URL of a proxy"),
        ("HTTPS_PROXY", "http://a..b", "not the URL of a proxy"),
        ("HTTPS_PROXY", "http://xn--0", "not the URL of a proxy"),
        ("SSL_CERT_FILE", "/nowhere", "SSL_CERT_FILE or SSL_CERT_DIR cannot be read"),
        ("SSL_CERT_FILE", __file__, "SSL_CERT_FILE or SSL_CERT_DIR cannot be read"),
        ("SSL_CERT_FILE", "/", "SSL_CERT_FILE or SSL_CERT_DIR cannot be read"),
    ],
)
def test_an_environment_that_cannot_be_used_is_refused(
    client: Any,
    variable: str,
    value: str,
    message: str,
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The constructor says so, and with a transport of the caller it does not matter."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=message) as error:
        client(api_host=NEON)
    assert "word" not in str(error.value)
    harness.connect(api_host=NEON)


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.needs("threads")
@pytest.mark.parametrize(
    ("variable", "value"), [("HTTPS_PROXY", "{}"), ("ALL_PROXY", "http://user:word@{}")]
)
def test_the_environments_proxy_is_used(
    variable: str, value: str, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it refuses never left; of the API's name and the login, it gets what it needs."""

    def serve(server: RawServer, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(message(None, status=502))

    with raw_server(serve) as server:
        proxy = server.url.split("/")[2]
        monkeypatch.setenv(variable, value.format(proxy))
        neon = harness.connect(api_host="https://neon.example/api/v2", transport=None)
        with pytest.raises(NoAnswer, match="502"):
            neon.backups(timeout=0.1)
        assert server.requests == ["CONNECT neon.example:443 HTTP/1.1"]
        monkeypatch.setenv("NO_PROXY", "example")
        elsewhere = harness.connect(api_host="https://neon.example/api/v2", transport=None)
        assert elsewhere is not neon
        assert (
            clients._proxy(config.read_config(Secret(KEY), "p", "https://neon.example", 1, None))
            is None
        )


@pytest.mark.usefixtures("no_proxies")
def test_a_socks_proxy_is_used_with_its_package(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    socks = ModuleType("socksio")
    socks.__spec__ = ModuleSpec("socksio", None)
    monkeypatch.setitem(sys.modules, "socksio", socks)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    made = []
    monkeypatch.setattr(httpcore, "SOCKSProxy", lambda **options: made.append(options))
    with Neon(api_host="https://neon.example/api/v2") as neon, pytest.raises(AttributeError):
        neon.backups(timeout=0.1)
    assert made[0]["proxy_url"].scheme == b"socks5"


@pytest.mark.parametrize(
    "host", ["https://a..b", f"https://{'a' * 64}.example", "https://xn--0", "https://xn--a-\u00e4"]
)
def test_a_host_that_no_resolver_takes_is_refused(host: str, harness: Harness) -> None:
    with pytest.raises(ConfigurationError, match="API address is not a URL"):
        harness.connect(api_host=host)


def test_a_client_closes_with_its_block(harness: Harness) -> None:
    client: Any = harness.connect()

    async def use_asynchronously() -> None:
        async with client.neon as neon:
            await neon.backups()

    if harness.kind == "async":
        harness.runner.run(use_asynchronously())
    else:
        with client as neon:
            neon.backups()
    with pytest.raises(Refused, match=r"The client is closed, so GET .* was not sent"):
        client.backups()
    assert len(harness.sent) == 1
