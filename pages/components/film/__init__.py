"""A film: pictures over frames and curves with a cursor, a component of our own, since it runs without the server.

It draws what `core.figures.film` describes on one canvas, plays and is scrubbed in the browser; nothing comes back.
"""

from pathlib import Path

import streamlit as st

from core.figures.drawing import FilmDrawing
from pages.components.card_picture import CANVAS_CSS, CANVAS_JS, pack

_FOLDER = Path(__file__).parent
_HTML, _CSS, _JS = ((_FOLDER / f"film.{suffix}").read_text("utf-8") for suffix in ("html", "css", "js"))
_component = st.components.v2.component("paramscope_film", html=_HTML, css=CANVAS_CSS + _CSS, js=CANVAS_JS + _JS)
_BAR = 44  # pixels of the slider


def film(drawing: FilmDrawing, key: str) -> None:
    """Show a film of `core.figures.film`; `key` names the widget."""
    bar = _BAR if len(drawing["steps"]) > 1 else 0
    _component(key=f"film-{key}", data=pack(drawing), height=drawing["height"] + bar)
