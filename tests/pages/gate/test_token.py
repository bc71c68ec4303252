"""Which sessions may run code where there is no jail."""

import pytest
import streamlit as st

from pages.gate import token
from pages.gate.settings import here


@pytest.fixture
def unjailed(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """What a session comes with, on a server that runs code without a jail."""
    brought: dict[str, dict[str, str]] = {"cookies": {}, "query_params": {}}

    class Context:
        cookies = brought["cookies"]

    monkeypatch.setattr(st, "context", Context())
    monkeypatch.setattr(st, "query_params", brought["query_params"])
    monkeypatch.setattr(token, "_needed", lambda: True)
    return brought


def test_without_it_a_session_runs_no_code(unjailed: dict[str, dict[str, str]]) -> None:
    name = token.cookie_name(here().port)
    assert not token.holds_token()
    for wrong in ("", "x", token.value()[:-1], token.value() + "x", "\ud800", "ü"):
        unjailed["query_params"][token.PARAMETER] = wrong
        unjailed["cookies"][name] = wrong
        assert not token.holds_token()
    unjailed["cookies"][name] = token.value()  # a browser keeps something else
    assert not token.holds_token()


def test_the_cookie_of_this_port_or_the_address_brings_it(unjailed: dict[str, dict[str, str]]) -> None:
    unjailed["cookies"][token.cookie_name(1)] = token.cookie_value()
    assert not token.holds_token()
    unjailed["cookies"][token.cookie_name(here().port)] = token.cookie_value()
    assert token.holds_token()
    unjailed["cookies"].clear()
    unjailed["query_params"][token.PARAMETER] = token.value()
    assert token.holds_token()


def test_where_code_is_jailed_nobody_needs_it(
    unjailed: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token, "_needed", lambda: False)
    assert token.holds_token()
    assert not any(unjailed.values())


def test_it_is_long_and_random_unless_the_operator_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(token.SETTING, raising=False)
    made = {token.value.__wrapped__() for _ in range(3)}
    assert len(made) == 3
    assert all(len(each) >= 32 for each in made)
    monkeypatch.setenv(token.SETTING, "chosen")
    assert token.value.__wrapped__() == "chosen"
