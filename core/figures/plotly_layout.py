"""What every figure has in common. Backgrounds, fonts and grid lines are left to Streamlit's theme."""

from typing import Any

from .. import text

#: Without these Plotly measures every label and lays the chart out again to make room for it.
QUICK = {"automargin": False, "ticklabeloverflow": "allow"}


def base(height: int) -> dict[str, Any]:
    """An empty layout of that many pixels."""
    return {
        "height": height,
        "margin": {"l": 56, "r": 8, "t": 26, "b": 44},
        "annotations": [],
        "shapes": [],
        "images": [],
        "showlegend": False,
        "bargap": 0,
        "barmode": "overlay",
        "hoverlabel": {"align": "left"},
    }


def heading(title: str, x: float) -> dict[str, Any]:
    """A title centered at `x` (0 to 1) above the figure."""
    return {
        "text": text.figure(title),
        "x": x,
        "y": 1.0,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 13},
    }
