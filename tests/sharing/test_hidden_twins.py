"""Twins of a net whose uses exist in a graph made during the backward pass only, or that has hooks on parameters."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.sharing.twins import twins
from tests.sharing.recomputing import (
    Call,
    Called,
    by_hand,
    nested,
    not_reentrant,
    plainly,
    reentrant,
    reentrant_in_not,
    squares,
)


def train_twins(net: nn.Module, inputs: Tensor) -> Any:
    return twins(
        net, "places.0.weight", inputs, squares,
        optimizer=lambda parameters, rate: torch.optim.SGD(parameters, rate), learning_rate=0.01, steps=20,
    )  # fmt: skip


@pytest.mark.parametrize("call", [reentrant, not_reentrant, nested, reentrant_in_not])
def test_twins_of_a_net_that_recomputes_train_as_those_of_one_that_does_not(call: Call) -> None:
    torch.manual_seed(0)
    inputs = torch.rand(4, 3)
    net = Called([call, call])
    found = train_twins(net, inputs)
    net.calls = [plainly, plainly]
    expected = train_twins(net, inputs)
    for lane in ("tied_losses", "untied_losses", "storage_losses", "distances"):
        assert getattr(found, lane) == pytest.approx(getattr(expected, lane), rel=1e-5, abs=1e-7)
    assert found.parameters == expected.parameters == (12 + 12, 12 + 24)


def test_twins_have_the_hooks_of_the_parameter_on_every_copy() -> None:
    torch.manual_seed(0)
    inputs, net = torch.rand(4, 3), Called([plainly, plainly])
    parameters: list[Any] = list(net.parameters())
    for parameter in parameters:
        parameter.register_hook(torch.zeros_like)
    found = train_twins(net, inputs)
    assert len(set(found.untied_losses)) == len(set(found.tied_losses)) == 1


def test_twins_of_uses_in_a_part_that_a_persons_function_recomputes_are_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match=r"2 uses of 'places.0.weight' are in what a function of the mo"):
        train_twins(Called([by_hand, by_hand]), torch.rand(4, 3))
