"""A card's row of pictures: a component of our own, since it is on the page several times faster than a Plotly chart.

It draws what `core.figures.card.card_drawing` says on one canvas and answers the pointer itself; nothing returns.
"""

from hashlib import blake2b

from core.figures.drawing import CardDrawing
from pages.components.canvas import pack
from pages.frame.joined import component

_component = component("card_picture")


def card_picture(drawing: CardDrawing, key: str) -> None:
    """Show a card's drawing; `key` may hold any text, such as a tensor's name."""
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()  # a component's key has no "__"
    _component(key=f"picture-{digest}", data=pack(drawing), height=drawing["height"])
