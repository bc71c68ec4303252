"""Measurements as figures; no raw data comes here, and every color is in `core.figures.colors`.

A card's row is drawn by a component of our own from `card_picture`, what ties do by another from `tied_pictures`,
`use_gradients` and `training`, everything else by Plotly.
"""

from core.figures.card import card_picture
from core.figures.distribution import distribution, losses
from core.figures.picture import Statistic, picture
from core.figures.theory import draws
from core.figures.twins import training
from core.figures.tying import tied_pictures, use_gradients

__all__ = [
    "Statistic",
    "card_picture",
    "distribution",
    "draws",
    "losses",
    "picture",
    "tied_pictures",
    "training",
    "use_gradients",
]
