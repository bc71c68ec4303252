"""One tensor's pictures large, on which a person draws a box to zoom in.

It draws what `core.figures.card.large_drawing` says, as a card does, and answers the pointer itself; a box returns.
"""

from collections.abc import Callable, Mapping

from core.figures.drawing import CardDrawing
from pages.components.canvas import pack
from pages.frame import state
from pages.frame.joined import component

_component = component("large_picture")


def large_picture(drawing: CardDrawing, key: str, take: Callable[[object], None]) -> None:
    """Show the drawing; `take` gets the box that was drawn, as a browser reports it, before the page is drawn again.

    A box is the first row, the row after the last, and the same for columns; an empty one is the whole.
    """

    def drawn() -> None:
        reported = state.reported(key).get()
        take(reported.get("box") if isinstance(reported, Mapping) else None)

    _component(key=key, data=pack(drawing), height=drawing["height"], on_box_change=drawn)
