"""The document that a browser gets for every page: Streamlit's own, with a script of ours before its own."""

from functools import cache
from pathlib import Path

import streamlit
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.gate import paths
from pages.gate.settings import here

_STREAMLITS = Path(streamlit.__file__).parent / "static" / "index.html"
_SCRIPT = Path(__file__).with_name("document.js")


@cache
def text() -> str:
    """The whole document; empty where Streamlit has none to begin with."""
    try:
        document = _STREAMLITS.read_text("utf-8")
    except OSError:
        return ""
    return document.replace("<head>", f"<head>\n<script>(() => {{\n{_SCRIPT.read_text('utf-8')}}})()</script>", 1)


class Document:
    """ASGI middleware that answers where a page is asked for, and leaves everything else to what is behind it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a page."""
        asked = scope["type"] == "http" and _is_its_address(scope["path"]) and text()
        answer = HTMLResponse(text(), headers={"Cache-Control": "no-cache"}) if asked else self._app
        await answer(scope, receive, send)


def _is_its_address(path: str) -> bool:
    """Not one with a slash at its end, from which Streamlit sends a browser on."""
    settings = here()
    return path.rpartition("/")[0] == settings.base and path != settings.base and paths.is_page(path, settings)
