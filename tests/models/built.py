"""Models of the catalog, built with seed 0, and their batches."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.recipe import catalog
from core.recipe.catalog import MODELS

ROOT = Path(__file__).parents[2]


NAMES = tuple(MODELS)


every_model = pytest.mark.parametrize("name", NAMES)


def built(name: str, **arguments: Any) -> nn.Module:
    """A model of the catalog, built with seed 0."""
    torch.manual_seed(0)
    net: nn.Module = catalog.builder(name)(**arguments)
    return net


def first_batch(name: str, size: int = 2, **arguments: Any) -> tuple[Tensor, Tensor]:
    """A batch of the model's, drawn with seed 1."""
    torch.manual_seed(1)
    inputs, targets = catalog.module(name).batch(size, **arguments)
    return inputs, targets


def assert_same_bits(first: nn.Module, second: nn.Module) -> None:
    """Both models have the same keys and, bit for bit, the same tensors."""
    expected = second.state_dict()
    assert first.state_dict().keys() == expected.keys()
    for key, tensor in first.state_dict().items():
        assert tensor.numpy().tobytes() == expected[key].numpy().tobytes(), key
