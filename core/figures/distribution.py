"""Histograms on shared bins, and curves over steps."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .. import text
from ..questions.picture import Histogram
from ..questions.theory import Curve
from .colors import AFTER, BEFORE, THEORY
from .drawing import Stem
from .plotly_layout import QUICK, base, heading

_DISTRIBUTION_HEIGHT, _LOSS_HEIGHT = 220, 160


def distribution_figure(histogram: Histogram, names: Sequence[str], *, curve: Curve | None = None) -> go.Figure:
    """Histograms on one array of edges, and over them what the last one's values should be."""
    traces = _bars(histogram, names)
    layout = base(height=_DISTRIBUTION_HEIGHT)
    if curve is not None:
        traces.extend(_theory(curve, histogram))
    layout["annotations"].append(
        heading("distribution" if curve is None else f"distribution, expected {curve.label}", 0.5)
    )
    layout["xaxis"] = {"nticks": 8, "zeroline": False, **QUICK}
    layout["yaxis"] = {"nticks": 4, "rangemode": "tozero", **QUICK}
    return go.Figure(traces, layout)


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


def _bars(histogram: Histogram, names: Sequence[str]) -> list[dict[str, Any]]:
    """Bars of one or two tensors, overlaid."""
    edges = histogram.edges
    centers, widths = edges[:-1] / 2 + edges[1:] / 2, np.diff(edges)
    colors = [BEFORE, AFTER] if len(names) == 2 else [BEFORE if list(names) == ["before"] else AFTER]
    return [
        {
            "type": "bar",
            "x": centers,
            "y": counts,
            "width": widths,
            "name": text.figure(name),
            "marker": {"color": color, "line": {"width": 0}},
            "hovertemplate": f"{text.figure(name)}: %{{y}} near %{{x:.4g}}<extra></extra>",
        }
        for name, counts, color in zip(names, histogram.counts, colors, strict=True)
    ]


def _theory(curve: Curve, histogram: Histogram) -> list[dict[str, Any]]:
    """The density as a line, and each atom as a stem with its probability."""
    x, counts, stems = expected(curve, histogram)
    style = {"type": "scatter", "line": {"color": THEORY, "width": 2}, "name": text.figure(curve.label)}
    hover = "expected: %{y:.4g} near %{x:.4g}<extra></extra>"
    traces = [style | {"mode": "lines", "x": x, "y": counts, "hovertemplate": hover}] if x.size else []
    for value, count, probability in stems:
        hover = f"expected: {text.number(value)} with probability {text.number(probability)}<extra></extra>"
        marker = {"color": THEORY, "size": [0, 8]}
        place = {"x": [value, value], "y": [0, count], "marker": marker, "hovertemplate": hover}
        traces.append(style | {"mode": "lines+markers", **place})
    return traces
