"""A card of one tensor at two moments, short to write."""

from typing import Any

import numpy as np
from torch import Tensor, nn

from core.questions.picture import Heatmap
from core.questions.tensor import Card
from core.tensor.compare import Comparison


def holding(tensor: Tensor, *, trainable: bool = False) -> nn.Module:
    """A module with one parameter `w`."""
    model = nn.Module()
    model.register_parameter("w", nn.Parameter(tensor, requires_grad=trainable))
    return model


def compared(before: Tensor, after: Tensor) -> Comparison:
    return Comparison(holding(before), holding(after))


def card(comparison: Comparison, name: str = "w", **choices: Any) -> Card:
    return comparison.card(name, **({"cells": 1000, "as_difference": False} | choices))


def drawn(picture: Heatmap | None) -> np.ndarray[Any, Any]:
    assert picture is not None
    assert picture.exact
    return picture.mean
