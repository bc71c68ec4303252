"""Measurements as Plotly figures; no raw data comes here, and every color is in `core.figures.colors`."""

from core.figures.comparison import comparison, side_by_side
from core.figures.distribution import distribution, losses
from core.figures.picture import Statistic, picture

__all__ = ["Statistic", "comparison", "distribution", "losses", "picture", "side_by_side"]
