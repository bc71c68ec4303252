"""A film: pictures over frames and curves with a cursor, a component of our own, since it runs without the server.

It draws what `core.figures.film` describes on one canvas, plays and is scrubbed in the browser; nothing comes back.
"""

from core.figures.drawing import FilmDrawing
from pages.components.canvas import pack
from pages.frame.joined import component

_component = component("film")
_BAR = 44  # pixels of the slider


def film(drawing: FilmDrawing, key: str) -> None:
    """Show a film; `key` names the widget."""
    bar = _BAR if len(drawing["steps"]) > 1 else 0
    _component(key=f"film-{key}", data=pack(drawing), height=drawing["height"] + bar)
