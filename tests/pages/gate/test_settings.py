"""How the operator says by what names the server is reached, and what the terminal says of it."""

import pytest
from streamlit import config

from pages.gate import settings
from pages.gate.names import Name
from pages.gate.settings import Settings
from pages.gate.starting import advice
from tests.pages.gate.served import served


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ([], []),
        (["localhost", "127.0.0.1", "::1"], []),  # the machine's own need not be told
        (["your.host"], ["your.host"]),
        (['["your.host"]'], ["your.host"]),  # as a shell passes it on, which Streamlit takes for one name
        (['["Your.Host", "b:8443"]', "localhost"], ["your.host", "b:8443"]),
        (["https://your.host/"], ["your.host"]),
        (["*.school.edu"], ["*.school.edu"]),
        (["*"], ["*"]),
    ],
)
def test_names_are_given_as_streamlit_takes_them(
    monkeypatch: pytest.MonkeyPatch, given: list[str], names: list[str]
) -> None:
    read = reading(monkeypatch, {"server.allowedHosts": given})
    assert [str(each) for each in read.names] == names
    assert not read.complaints
    assert read.proxied == bool(names)


@pytest.mark.parametrize("wrong", ["your host", "your.host/class", "", "a:b", '["unfinished'])
def test_what_is_no_name_is_told(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    read = reading(monkeypatch, {"server.allowedHosts": [wrong]})
    assert not read.names
    assert repr(wrong) in read.complaints[0]


@pytest.mark.parametrize(
    ("address", "names", "proxies", "alone"),
    [
        ("127.0.0.1", [], "", True),
        ("127.1.2.3", [], "", True),
        ("localhost", [], "", True),
        ("::1", [], "", True),
        ("127.0.0.1", ["your.host"], "", False),  # a proxy lets others in
        ("127.0.0.1", [], "10.0.0.1", False),
        ("0.0.0.0", [], "", False),
        ("::", [], "", False),
        ("", [], "", False),
        (None, [], "", False),
        ("192.168.1.5", [], "", False),
        ("127.0.0.1.evil.example", [], "", False),
    ],
)
def test_code_may_run_unjailed_only_where_nobody_else_comes(
    monkeypatch: pytest.MonkeyPatch, address: str | None, names: list[str], proxies: str, alone: bool
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", proxies)
    read = reading(monkeypatch, {"server.address": address, "server.allowedHosts": names})
    assert read.only_this_machine == alone


def reading(monkeypatch: pytest.MonkeyPatch, options: dict[str, object]) -> Settings:
    real = config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: options.get(name, real(name)) if name else None)
    if "server.address" in options:
        monkeypatch.setattr(config, "get_option", lambda name: options[name] if name in options else real(name))
    return settings.read()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Settings(address="0.0.0.0"), "add --server.allowedHosts your.host"),
        (Settings(names=(Name("your.host"),), proxied=True), "your.host leads here by way of a proxy"),
        (Settings(address="0.0.0.0", names=(Name("*"),), proxied=True), "any web page can make its own name lead here"),
        (Settings(complaints=("x is wrong",)), "x is wrong."),
    ],
)
def test_what_may_not_be_as_it_was_meant_is_told_in_one_sentence(said: Settings, words: str) -> None:
    (sentence,) = advice(said)
    assert words in sentence
    assert sentence.endswith(".")


def test_a_usual_server_says_its_address_and_nothing_else() -> None:
    with served() as server:
        line = server.says("Paramscope is at")
        assert f"http://localhost:{server.port}/" in line
        with server.socket():
            pass
        server.ask("/", Host="127.0.0.1")
    assert [line for line in server.printed if line.strip()] == [line]
    assert "token" not in line


def test_a_server_that_runs_code_unjailed_prints_one_address_with_a_token_that_is_kept_as_a_cookie() -> None:
    with served(PARAMSCOPE_CODE="local", PARAMSCOPE_TOKEN="a b&c") as server:
        line = server.says("Paramscope is at")
        _, _, query = line.strip().partition("?")
        assert query == "token=a%20b%26c"
        status, headers, _ = server.ask(f"/weights?{query}&before=1")
        assert (status, headers["location"]) == (303, "/weights?before=1")
        cookie = headers["set-cookie"]
        assert cookie.startswith(f"paramscope_token_{server.port}=")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "a b&c" not in cookie
        assert "set-cookie" not in server.ask("/?token=a")[1]
    assert sum("http://" in each for each in server.printed) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--server.allowedHosts", '["your.host"]'], "your.host leads here by way of a proxy"),
        (
            ["--server.address", "0.0.0.0", "--server.allowedHosts", '["your.host"]'],
            "Paramscope is at http://localhost",
        ),
        (["--server.address", "0.0.0.0", "--server.allowedHosts", "your.host"], "Paramscope is at http://localhost"),
    ],
)
def test_a_name_is_given_on_the_command_line(given: list[str], words: str) -> None:
    with served(*given) as server:
        assert server.ask("/", Host="your.host")[0] == 200
        assert server.ask("/", Host="other.host")[0] == 403
        for host, origin in [
            ("your.host", "https://your.host"),
            (f"your.host:{server.port}", f"http://your.host:{server.port}"),
            (f"127.0.0.1:{server.port}", "https://your.host"),
            (f"localhost:{server.port}", f"http://localhost:{server.port}"),
        ]:
            with server.socket(origin, host) as opened:
                assert opened.subprotocol == "streamlit"
        server.says(words)


def test_the_address_of_the_machine_itself_in_the_newer_kind_is_one_of_its_names() -> None:
    with served("--server.address", "::1", address="::1") as server:
        assert server.ask("/")[0] == 200
        with server.socket() as opened:
            assert opened.subprotocol == "streamlit"
        server.says(f"http://localhost:{server.port}/")


def test_below_a_path_of_its_own_the_same_is_served_and_refused() -> None:
    with served("--server.baseUrlPath", "class") as server:
        server.says(f"http://localhost:{server.port}/class/")
        assert server.ask("/class/")[0] == 200
        assert server.ask("/class/_stcore/health")[0] == 200
        for path in ("/class/_stcore/metrics", "/class/auth/login", "/class/_stcore/upload_file/a/b"):
            assert server.ask(path)[0] == 404
        assert server.ask("/class/weights?token=x")[1]["location"] == "/class/weights"
