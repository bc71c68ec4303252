"""What a real server answers to requests that browsers, and others, make."""

import contextlib
import http.client
import socket
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus

from pages.gate.headers import keeping_headers
from tests.pages.gate.served import Served, served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as started:
        yield started


EVERYWHERE = [
    "/",
    "/weights",
    "/nothing/at/all",
    "/static/js/nothing.js",
    "/favicon.png",
    "/media/nothing",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/bidi-components/nothing",
    "/_stcore/metrics",
    "/_stcore/%00",
]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_forbids_framing_and_what_comes_from_elsewhere(server: Served, path: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        _, headers, _ = server.ask(path, method, Origin=server.origin)
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        assert "http" not in policy
        assert "*" not in policy
        assert "unsafe-eval" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_what_a_browser_heeds_on_its_own_machine_or_encrypted_only_is_not_sent_to_others(server: Served) -> None:
    _, headers, _ = server.ask("/", Host="evil.example")
    assert "cross-origin-opener-policy" not in headers


@pytest.mark.parametrize(
    ("path", "status", "kept"),
    [
        ("/_stcore/bidi-components/paramscope.code_editor/editor-PBQLREWZ.js", 200, True),
        ("/class/_stcore/bidi-components/paramscope.code_editor/editor-PBQLREWZ.js", 200, True),
        ("/_stcore/bidi-components/paramscope.code_editor/editor-PBQLREWZ.js", 404, False),
        ("/_stcore/bidi-components/paramscope.code_editor/LICENSES.txt", 200, False),
        ("/", 200, False),
    ],
)
def test_only_a_script_whose_name_tells_its_content_may_be_kept_for_good(path: str, status: int, kept: bool) -> None:
    assert (dict(keeping_headers(path, status)) == {b"cache-control": b"public, max-age=31536000, immutable"}) == kept


def test_another_name_is_refused_with_a_sentence_before_anything_is_served(server: Served) -> None:
    for path in EVERYWHERE:
        status, headers, text = server.ask(path, Host=f"evil.example:{server.port}")
        assert status == 403
        assert headers["content-type"].startswith("text/html")
        assert "evil.example" in text
        assert "--server.allowedHosts" in text
    assert "evil.example" in server.says("Refused")


def test_each_name_that_is_refused_is_told_however_soon_after_another(server: Served) -> None:
    for host in ("one.example", "two.example"):
        server.ask("/", Host=host)
    for host in ("one.example", "two.example"):
        assert f"--server.allowedHosts {host}" in server.says(f"go by the name {host}")


def test_what_a_stranger_writes_into_the_host_is_no_markup(server: Served) -> None:
    status, _, text = server.ask("/", Host="<script>alert(1)</script>")
    assert status == 403
    assert "<script>" not in text


def test_another_sites_page_gets_nothing(server: Served) -> None:
    for source in ("https://evil.example", "null", "http://localhost:1", f"http://evil.example:{server.port}"):
        for method in ("GET", "POST", "OPTIONS"):
            assert server.ask("/_stcore/health", method, Origin=source)[0] == 403
    assert server.ask("/_stcore/health")[0] == 200
    assert server.ask("/_stcore/health", Origin=server.origin)[0] == 200
    assert server.ask("/", "POST")[0] == 403, "a browser would say the Origin"


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics/",
        "/_stcore/upload_file/a/b",
        "/_stcore/script-health-check",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/interact",
        "/_stcore/agent/mcp",
        "/_stcore/allowed-message-origins",
        "/_stcore/%6detrics",
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
        "/component/x/index.html",
        "/app/static/x",
    ],
)
def test_what_no_page_needs_is_not_there(server: Served, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"):
        assert server.ask(path, method, Origin=server.origin)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_pages_are_only_looked_at(server: Served, method: str) -> None:
    assert server.ask("/", method, Origin=server.origin)[0] == 405


def test_an_upload_is_refused_before_it_is_read(server: Served) -> None:
    with socket.create_connection((server.address, server.port), timeout=120) as upload:
        upload.sendall(
            f"PUT /_stcore/upload_file/a/b HTTP/1.1\r\nHost: {server.address}:{server.port}\r\n"
            f"Origin: {server.origin}\r\nContent-Length: 1000000000\r\n\r\nfirst bytes".encode()
        )
        assert upload.recv(12) == b"HTTP/1.1 404"


def test_what_is_larger_than_any_request_of_ours_is_refused(server: Served) -> None:
    assert server.ask("/?recipe=" + "a" * 16_000)[0] == 200
    assert server.ask("/?recipe=" + "a" * 61_000)[0] == 413
    assert server.ask("/", body=b"something")[0] == 413
    assert server.ask("/", X_Long="a" * 61_000)[0] == 413
    with contextlib.closing(http.client.HTTPConnection(server.address, server.port, timeout=120)) as connection:
        connection.putrequest("GET", "/")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()  # it is refused before a piece is sent
        assert connection.getresponse().status == 413


@pytest.mark.parametrize(
    ("source", "host"),
    [
        (None, None),  # no browser leaves it out
        ("https://evil.example", None),
        ("null", None),
        ("http://127.0.0.1:1", None),
        ("http://evil.example", "evil.example"),  # DNS rebinding
    ],
)
def test_a_websocket_is_for_the_servers_own_pages(server: Served, source: str | None, host: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused, server.socket(source, host):
        pass
    assert refused.value.response.status_code == 403
    assert b"Not from here" in (refused.value.response.body or b"")


def test_there_is_one_websocket_and_it_opens(server: Served) -> None:
    with server.socket() as opened:
        assert opened.subprotocol == "streamlit"
    for path in ("/", "/weights", "/_stcore/health", "/_stcore/streams", "/_stcore/metrics"):
        with pytest.raises(InvalidStatus) as refused, server.socket(path=path):
            pass
        assert refused.value.response.status_code == 404
    assert not any("ASGI" in line for line in server.printed)


def test_the_token_leaves_the_address_and_never_leads_elsewhere(server: Served) -> None:
    for path, onward in [
        ("/?token=x", "/"),
        ("/weights?before=1&token=x&recipe=a%26b", "/weights?before=1&recipe=a%26b"),
        ("/some/where?token=x&a=1", "/some/where?a=1"),
        ("//evil.example/?token=x", None),
        ("/%2F%2Fevil.example?token=x", None),
        ("/\\evil.example?token=x", None),
    ]:
        status, headers, _ = server.ask(path)
        if onward is not None:
            assert (status, headers["location"]) == (303, onward)
        assert headers.get("location", "/").startswith("/")
        assert not headers.get("location", "/").startswith(("//", "/\\"))
        assert "paramscope_token" not in headers.get("set-cookie", "")
