"""What each browser's person has agreed to run, so that reloading a page does not ask again.

A browser is known by the random value that Streamlit has it keep (its XSRF cookie: 128 bits, new for each browser, sent
by no page of another site) together with the address it comes from. All of it is in memory, bounded, and forgotten
after a day or with the server; who is forgotten is asked once more.
"""

import hashlib
import threading
from itertools import cycle

import streamlit as st
from cachetools import TTLCache

_COOKIE = "_streamlit_xsrf"
_SECRET_BYTES = 16
_MOST, _SECONDS = 20_000, 24 * 3600.0

_lock = threading.Lock()
_agreed: TTLCache[tuple[str, str], None] = TTLCache(_MOST, _SECONDS)


def remember(mark: str) -> None:
    """Keep that this browser's person agreed to the code of that mark."""
    if (browser := _this_browser()) is not None:
        with _lock:
            _agreed[browser, mark] = None


def remembers(mark: str) -> bool:
    """Whether this browser's person agreed to the code of that mark; asking keeps it for another day."""
    browser = _this_browser()
    with _lock:
        known = browser is not None and (browser, mark) in _agreed
    if known:
        remember(mark)
    return known


def _this_browser() -> str | None:
    """What names the browser that looks at the page; None where it keeps no cookie."""
    secret = unmasked(st.context.cookies.get(_COOKIE, ""))
    if secret is None:
        return None
    return hashlib.sha256(secret + (st.context.ip_address or "").encode()).hexdigest()


def unmasked(cookie: str) -> bytes | None:
    """The random value in Streamlit's cookie, `2|mask|value under the mask|time`; None where there is none."""
    match cookie.strip('"').split("|"):
        case ["2", mask, masked, _]:
            try:
                pairs = zip(bytes.fromhex(masked), cycle(bytes.fromhex(mask)), strict=False)
                secret = bytes(value ^ key for value, key in pairs)
            except ValueError:
                return None
            return secret if len(secret) == _SECRET_BYTES else None
    return None
