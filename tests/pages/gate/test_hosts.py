"""Under which names the server may be reached, and whose pages may use it."""

from dataclasses import replace

import pytest

from pages.gate.hosts import Caller, machine_names, refusal
from pages.gate.names import Name, name, origin
from pages.gate.settings import Settings

LOCAL = Settings()
PROXIED = Settings(names=(Name("your.host"),), proxied=True)
OPEN = Settings(address="0.0.0.0")
NAMED = Settings(address="0.0.0.0", names=(Name("your.host"),), proxied=True)
#: From which address, to which of this machine's.
FROM_AFAR, FROM_HERE = ("192.168.1.77", "192.168.1.5"), ("127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize(
    ("settings", "host", "where", "let_in"),
    [
        (LOCAL, "localhost:8501", FROM_HERE, True),
        (LOCAL, "LOCALHOST.:9000", FROM_HERE, True),  # another port leads here through a tunnel
        (LOCAL, "127.0.0.1", FROM_HERE, True),
        (LOCAL, "127.8.8.8:8501", FROM_HERE, True),
        (LOCAL, "[::1]:8501", FROM_HERE, True),
        (LOCAL, "evil.example:8501", FROM_HERE, False),
        (LOCAL, "localhost.evil.example", FROM_HERE, False),
        (LOCAL, "127.0.0.1.evil.example", FROM_HERE, False),
        (LOCAL, "192.168.1.5:8501", FROM_HERE, False),
        (LOCAL, "your.host", FROM_HERE, False),
        (LOCAL, "user@localhost", FROM_HERE, False),
        (LOCAL, "localhost:8501/", FROM_HERE, False),
        (LOCAL, "localhost:99999", FROM_HERE, False),
        (LOCAL, "", FROM_HERE, False),
        (PROXIED, "your.host", FROM_HERE, True),
        (PROXIED, "YOUR.HOST:8443", FROM_HERE, True),
        (PROXIED, "127.0.0.1:8501", FROM_HERE, True),
        (PROXIED, "other.host", FROM_HERE, False),
        (PROXIED, "not-your.host", FROM_HERE, False),
        (OPEN, "192.168.1.5:8501", FROM_AFAR, True),
        (OPEN, "[fd00::2]:8501", ("fd00::7", "fd00:0::2"), True),
        (OPEN, "192.168.1.5", ("192.168.1.7", "::ffff:192.168.1.5"), True),
        (OPEN, "192.168.1.6:8501", FROM_AFAR, False),
        (OPEN, "localhost:8501", FROM_HERE, True),
        (OPEN, "localhost:8501", FROM_AFAR, False),
        (OPEN, "evil.example:8501", FROM_AFAR, False),
        (NAMED, "your.host:8501", FROM_AFAR, True),
        (NAMED, "evil.example", FROM_AFAR, False),
        (replace(NAMED, names=(Name("*.school.edu"),)), "class.school.edu", FROM_AFAR, True),
        (replace(NAMED, names=(Name("*.school.edu"),)), "class.evilschool.edu", FROM_AFAR, False),
        (replace(NAMED, names=(Name("*"),)), "any.where", FROM_AFAR, True),
        (replace(OPEN, address="192.168.1.5"), "192.168.1.5:8501", FROM_AFAR, True),
    ],
)
def test_a_request_is_let_in_by_the_servers_own_names_only(
    settings: Settings, host: str, where: tuple[str, str], let_in: bool
) -> None:
    why = refusal(Caller((host,), (), *where), settings)
    assert (why is None) == let_in, why
    if why and (named := name(host)):
        assert named.host in why
        assert "--server.allowedHosts" in why


def test_the_machines_own_name_leads_to_a_server_that_listens_everywhere() -> None:
    for own in machine_names():
        assert refusal(Caller((f"{own}:8501",), (), *FROM_AFAR), OPEN) is None


@pytest.mark.parametrize(
    ("settings", "host", "source", "let_in"),
    [
        (LOCAL, "localhost:8501", "http://localhost:8501", True),
        (LOCAL, "[::1]:8501", "http://[::1]:8501", True),
        (LOCAL, "localhost:8501", "http://localhost:8502", False),  # another server on this machine
        (LOCAL, "localhost:8501", "http://localhost", False),
        (LOCAL, "localhost:8501", "http://127.0.0.1:8501", False),
        (LOCAL, "localhost:8501", "https://evil.example", False),
        (LOCAL, "localhost:8501", "null", False),
        (LOCAL, "localhost:8501", "", False),
        (LOCAL, "localhost:8501", "http://localhost:8501@evil.example", False),
        (LOCAL, "localhost:8501", "http://localhost:8501/", False),
        (LOCAL, "localhost:8501", "chrome-extension://localhost:8501", False),
        (LOCAL, "evil.example:8501", "http://evil.example:8501", False),
        (PROXIED, "your.host", "https://your.host", True),
        (PROXIED, "127.0.0.1:8501", "https://your.host", True),  # a proxy that asks in its own words
        (PROXIED, "your.host:8443", "https://your.host:8443", True),
        (PROXIED, "your.host", "https://your.host:8443", False),
        (replace(PROXIED, names=(Name("your.host", 8443),)), "your.host", "https://your.host:8443", True),
        (replace(PROXIED, names=(Name("*"),)), "any.where", "https://evil.example", False),
        (replace(PROXIED, names=(Name("*"),)), "any.where", "https://any.where", True),
        (PROXIED, "your.host", "https://evil.example", False),
        (NAMED, "your.host:8501", "http://your.host:8501", True),
    ],
)
def test_a_websocket_is_opened_by_the_servers_own_pages_only(
    settings: Settings, host: str, source: str, let_in: bool
) -> None:
    for says_origin in (True, False):  # a request that need not say it is judged by it where it does
        asks = Caller((host,), (source,), *FROM_HERE, says_origin)
        why = refusal(asks, settings)
        assert (why is None) == let_in, why


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("0.0.0.0:8501", ""),
        ("[::]:8501", ""),
        ("localhost:8501", "null"),
        ("localhost:8501", "http://0.0.0.0:8501"),
        ("localhost:8501", "http://localhost:8502"),
        ("localhost:8501", "http://127.0.0.1:8501"),
    ],
)
def test_what_names_no_other_machine_is_not_advised_as_its_name(host: str, source: str) -> None:
    why = refusal(Caller((host,), (source,) if source else (), *FROM_HERE), LOCAL)
    assert why is not None
    assert "--server.allowedHosts" not in why
    assert "the address that it printed in the terminal" in why


def test_where_a_browser_would_say_the_origin_it_must_be_there() -> None:
    asks = Caller(("localhost:8501",), (), *FROM_HERE)
    assert refusal(asks, LOCAL) is None
    why = refusal(replace(asks, says_origin=True), LOCAL)
    assert why is not None
    assert "Origin header is missing" in why


@pytest.mark.parametrize("hosts", [(), ("localhost", "localhost"), ("localhost", "evil.example")])
def test_there_is_one_host(hosts: tuple[str, ...]) -> None:
    assert "Host header" in (refusal(Caller(hosts, (), *FROM_HERE), LOCAL) or "")


def test_two_origins_are_none() -> None:
    twice = ("http://localhost:8501", "http://localhost:8501")
    assert refusal(Caller(("localhost:8501",), twice, *FROM_HERE), LOCAL) is not None


def test_names_are_read_as_browsers_write_them() -> None:
    assert name("Your.Host.:80") == Name("your.host", 80)
    assert str(name("[FD00::1]:80")) == "[fd00::1]:80"
    assert origin("https://your.host") == Name("your.host", 443)
    assert name("a" * 300) is None
    assert name("your.host\n") is None
    assert name("yоur.host") is None  # a Cyrillic o
