"""Histograms on shared bins, and curves over steps."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ..questions.picture import Histogram
from ..questions.theory import Curve
from .colors import AFTER
from .drawing import Stem
from .plotly_layout import base

_LOSS_HEIGHT = 160


def expected(curve: Curve, histogram: Histogram) -> tuple[NDArray[np.float64], NDArray[np.float64], list[Stem]]:
    """A curve in the units of the last tensor's bars: how many of its finite values a bin should hold.

    Returns:
        x and counts a bin (n + 2,), which begin and end at zero, and of each atom its value, count and probability.
    """
    total, bins = float(histogram.counts[-1].sum(dtype=np.float64)), histogram.edges.size - 1
    width = histogram.edges[-1] / bins - histogram.edges[0] / bins
    with np.errstate(over="ignore", invalid="ignore"):
        counts = total * width * curve.density
    drawn = np.isfinite(curve.x) & np.isfinite(counts)
    x, counts = curve.x[drawn], counts[drawn]
    stems = [(value, total * probability, probability) for value, probability in curve.atoms]
    stems = [stem for stem in stems if math.isfinite(stem[1])]
    return (np.pad(x, 1, "edge"), np.pad(counts, 1), stems) if x.size else (x, counts, stems)


def expected_bins(curve: Curve, histogram: Histogram) -> NDArray[np.float64]:
    """How many of the last tensor's finite values each bin should hold, (bins,): the curve's area and its atoms."""
    x, counts, stems = expected(curve, histogram)
    edges = histogram.edges
    with np.errstate(over="ignore", invalid="ignore"):
        areas = np.concatenate([[0.0], np.cumsum(np.diff(x) * (counts[1:] + counts[:-1]) / 2)])
        bins = np.diff(np.interp(edges, x, areas)) / np.diff(edges) if x.size else np.zeros(edges.size - 1)
    bins[~np.isfinite(bins)] = 0.0
    for value, count, _ in stems:
        if edges[0] <= value <= edges[-1]:
            bins[min(int(np.searchsorted(edges, value, "right")), edges.size - 1) - 1] += count
    return bins


def loss_curve(values: Sequence[float]) -> go.Figure:
    """The loss before each update of a training step."""
    line: dict[str, Any] = {
        "type": "scatter",
        "y": list(values),
        "x": list(range(len(values))),
        "mode": "lines+markers",
    }
    line |= {
        "line": {"color": AFTER, "width": 2},
        "marker": {"size": 4},
        "hovertemplate": "update %{x}: %{y:.6g}<extra></extra>",
    }
    layout = base(height=_LOSS_HEIGHT)
    layout |= {"xaxis": {"title": {"text": "update"}, "automargin": True}}
    layout |= {"yaxis": {"title": {"text": "loss"}, "automargin": True}}
    return go.Figure([line], layout)
