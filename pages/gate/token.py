"""The token that shows that a session was opened by whoever started this server.

It is asked for only where code would run without a jail: any web page can send a browser to this machine's own address,
but only the address that is printed in the terminal holds the token.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from functools import cache

import streamlit as st

from pages.gate.settings import here

#: The parameter of the address, and the operator's setting.
PARAMETER, SETTING = "token", "PARAMSCOPE_TOKEN"
_needed: Callable[[], bool] = lambda: False  # noqa: E731 (replaced as a whole)


@cache
def value() -> str:
    """The token of this server, the same until it ends."""
    return os.environ.get(SETTING) or secrets.token_urlsafe(24)


def needed_when(local: Callable[[], bool]) -> None:
    """Say how to find out whether code would run without a jail."""
    global _needed
    _needed = local


def holds_token() -> bool:
    """Whether the session that is being drawn may run code, which without a jail takes the token."""
    if not _needed():
        return True
    cookie = st.context.cookies.get(cookie_name(here().port))
    return _same(cookie, cookie_value()) or matches(st.query_params.get(PARAMETER))


def matches(given: str | None) -> bool:
    """Whether that is the token."""
    return _same(given, value())


def cookie_name(port: int) -> str:
    """Under what name a browser keeps the token: cookies of one host are shared by all its ports."""
    return f"paramscope_token_{port}"


def cookie_value() -> str:
    """What a browser keeps in place of the token, which an operator may have written with any characters."""
    return hashlib.sha256(value().encode()).hexdigest()


def _same(given: str | None, wanted: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(errors="replace"), wanted.encode())
