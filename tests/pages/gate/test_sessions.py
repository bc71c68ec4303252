"""How many sessions may be open at once."""

import pytest
from websockets.exceptions import InvalidStatus

from pages.gate.sessions import Sessions
from pages.gate.settings import Settings
from tests.pages.gate.served import Served, served
from tests.processes import comes_true


def test_one_client_opens_no_more_than_its_share_and_is_told() -> None:
    with served(PARAMSCOPE_SESSIONS_PER_CLIENT="2") as server:
        with server.socket(), server.socket():
            with pytest.raises(InvalidStatus) as refused, server.socket():
                pass
            assert refused.value.response.status_code == 503
            status, _, text = server.ask("/")
            assert status == 503
            assert "2 sessions are open from your address" in text
            assert "PARAMSCOPE_SESSIONS_PER_CLIENT" in text
            assert server.ask("/_stcore/health")[0] == 200
        assert comes_true(lambda: opens(server)), "the others are closed"


def opens(server: Served) -> bool:
    """Whether one more session opens, and the page beside it."""
    try:
        with server.socket():
            return server.ask("/")[0] == 200
    except InvalidStatus:
        return False


@pytest.mark.parametrize(
    ("options", "believed"), [(["--server.allowedHosts", "your.host"], True), ([], False)], ids=["proxy", "no proxy"]
)
def test_whom_a_proxy_asks_for_is_believed_where_there_is_one(options: list[str], believed: bool) -> None:
    with served(*options, PARAMSCOPE_SESSIONS_PER_CLIENT="1") as server, server.socket(X_Forwarded_For="10.0.0.1"):
        with pytest.raises(InvalidStatus), server.socket(X_Forwarded_For="10.0.0.9, 10.0.0.1"):
            pass
        if believed:
            with server.socket(X_Forwarded_For="10.0.0.2"):
                pass
        else:
            with pytest.raises(InvalidStatus), server.socket(X_Forwarded_For="10.0.0.2"):
                pass


def test_others_are_not_kept_out_by_one_client_but_by_the_bound_on_all() -> None:
    sessions = Sessions(Settings(sessions_per_client=2, sessions=3))
    for client in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
        assert sessions.full(client) is None
        sessions.enter(client)
    assert "3 open sessions" in (sessions.full("10.0.0.3") or "")
    sessions.leave("10.0.0.2")
    assert sessions.full("10.0.0.3") is None
    assert "2 sessions" in (sessions.full("10.0.0.1") or "")


def test_a_proxy_that_does_not_say_for_whom_it_asks_is_not_one_client() -> None:
    sessions = Sessions(Settings(proxied=True, sessions_per_client=1))
    sessions.enter("127.0.0.1")
    assert sessions.full("127.0.0.1") is None


def test_a_network_of_the_newer_kind_is_one_client() -> None:
    sessions = Sessions(Settings(address="::", sessions_per_client=2))
    for client in ("fd00::1", "fd00::2:3"):
        sessions.enter(client)
    assert sessions.full("fd00::9") is not None
    assert sessions.full("fd01::9") is None
    assert sessions.full("::ffff:10.0.0.1") is None
    assert sessions.pace("fd00::1") is sessions.pace("fd00::2")
    assert sessions.pace("10.0.0.1") is not sessions.pace("10.0.0.2")


def test_a_count_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.gate import settings

    for written in ("many", "0", "-1", "1.5"):
        monkeypatch.setenv("PARAMSCOPE_SESSIONS_PER_CLIENT", written)
        read = settings.read()
        assert read.sessions_per_client == 80
        assert any(repr(written) in complaint for complaint in read.complaints)
