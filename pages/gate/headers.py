"""What every answer tells the browser: load nothing from elsewhere, be framed by nobody, tell no address.

And of a built script, whose name is another one as soon as its text is, that it may be kept for good.
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit

_INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
_BUILT = re.compile(r"/_stcore/bidi-components/paramscope\.\w+/\w+-[0-9A-Z]{8}\.js")
_FOR_GOOD = b"public, max-age=31536000, immutable"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def response_headers(*, trusted: bool) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of every answer, by their names in small letters.

    Args:
        trusted: whether a browser takes the address for its own machine's or encrypted; elsewhere it complains of what
            it does not heed.
    """
    headers = {
        "content-security-policy": policy(),
        "x-frame-options": "DENY",  # for browsers that do not know frame-ancestors
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",  # the address holds the recipe, and once the token
        "cross-origin-resource-policy": "same-origin",
    }
    if trusted:
        headers["cross-origin-opener-policy"] = "same-origin"
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


def keeping_headers(path: str, status: int) -> tuple[tuple[bytes, bytes], ...]:
    """How long the answer may be kept; nothing where Streamlit's own word stands."""
    return ((b"cache-control", _FOR_GOOD),) if status == 200 and _BUILT.search(path) else ()


def policy() -> str:
    """What a page may load: Streamlit's own files, what scripts make of what they have, and nothing from elsewhere.

    A browser complained without each exception; `tests/browser/test_gate.py` listens for complaints.
    """
    directives = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", "blob:", *_inline_scripts()]),  # blob: components of the newer kind
        "style-src": "'self' 'unsafe-inline'",  # Streamlit writes its styles into the page
        "img-src": "'self' data: blob:",  # blob: a chart's picture to download
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "media-src": "blob:",  # the recording of the screen that Streamlit's menu offers
        "worker-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{directive} {sources}" for directive, sources in directives.items())


def _inline_scripts() -> list[str]:
    """The scripts that stand in Streamlit's page itself, each by its hash."""
    try:
        index = _INDEX.read_text("utf-8")
    except OSError:
        return []
    hashes = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(index))
    return [f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes]
