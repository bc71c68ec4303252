"""Histograms on shared bins, and curves over steps."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core import text
from core.figures.colors import AFTER, BEFORE
from core.figures.frame import QUICK, base, heading
from core.measurements import Histogram


def distribution(histogram: Histogram, names: Sequence[str], *, height: int = 220, log: bool = False) -> go.Figure:
    """Histograms on one array of edges."""
    traces: list[dict[str, Any]] = []
    layout = base(height=height)
    add_histogram(traces, layout, histogram, names, domain=(0.0, 1.0), log=log)
    return go.Figure(traces, layout)


def losses(values: Sequence[float], *, height: int = 160) -> go.Figure:
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
    layout = base(height=height)
    layout |= {"xaxis": {"title": {"text": "update"}, "automargin": True}}
    layout |= {"yaxis": {"title": {"text": "loss"}, "automargin": True}}
    return go.Figure([line], layout)


def add_histogram(
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    histogram: Histogram,
    names: Sequence[str],
    *,
    domain: tuple[float, float],
    log: bool,
) -> None:
    """Bars of one or two tensors, overlaid, into `traces` and `layout`."""
    edges = histogram.edges
    centers, widths = edges[:-1] / 2 + edges[1:] / 2, np.diff(edges)
    colors = [BEFORE, AFTER] if len(names) == 2 else [BEFORE if list(names) == ["before"] else AFTER]
    for name, counts, color in zip(names, histogram.counts, colors, strict=True):
        traces.append(
            {
                "type": "bar",
                "x": centers,
                "y": counts,
                "width": widths,
                "name": text.figure(name),
                "marker": {"color": color, "line": {"width": 0}},
                "xaxis": "x9",
                "yaxis": "y9",
                "hovertemplate": f"{text.figure(name)}: %{{y}} near %{{x:.4g}}<extra></extra>",
            }
        )
    layout["annotations"].append(heading("distribution", sum(domain) / 2))
    layout["xaxis9"] = {
        "domain": list(domain),
        "anchor": "y9",
        "nticks": 5,
        "zeroline": False,
        **QUICK,
    }
    layout["yaxis9"] = {
        "anchor": "x9",
        "type": "log" if log else "linear",
        "nticks": 4,
        "rangemode": "tozero",
        **QUICK,
    }
