"""Every way shown to reach a tensor gives that very object."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from core.checkpoint.containers import containers
from core.module.reach import reach, reach_module
from core.module.walk import find_tensor, named_modules, named_tensors
from core.recipe.recipe import Recipe
from core.replaying.replay import replayed
from tests.checkpoint.test_containers import ODD
from tests.edge_cases import every_case, strange_names


class TestReach:
    @every_case
    def test_every_expression_gives_the_very_object(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        for entry in named_tensors(model):
            expressions = reach(model, entry.name)
            assert len(set(expressions)) == len(expressions) >= 1
            for expression in expressions:
                assert eval(expression, {"net": model}) is entry.tensor, expression

    @every_case
    def test_the_state_dict_entry_shares_its_bytes(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        state = model.state_dict()
        for entry in named_tensors(model):
            if entry.persistent and not is_lazy(entry.tensor):
                assert state[entry.name].data_ptr() == entry.tensor.data_ptr()
                assert state[entry.name].shape == entry.tensor.shape
                assert state[entry.name].stride() == entry.tensor.stride()

    def test_goes_by_position_by_name_and_by_getter(self) -> None:
        model = replayed(Recipe("rgnet")).model
        assert reach(model, "0.block1.0.bias") == (
            "net[0][1][0].bias",
            "net[0].block1[0].bias",
            "net.get_parameter('0.block1.0.bias')",
        )
        assert reach(replayed(Recipe("gpt")).model, "blocks.1.attn.mask") == (
            "net.blocks[1].attn.mask",
            "net.get_buffer('blocks.1.attn.mask')",
        )

    def test_of_a_name_that_is_no_identifier_goes_by_getter_only(self) -> None:
        assert reach(strange_names(), "a b") == ("net.get_parameter('a b')",)

    def test_of_no_module_is_one_sentence(self) -> None:
        with pytest.raises(ValueError, match=r"there is no module '7': net holds 0, 1, 2"):
            reach(replayed(Recipe("mlp")).model, "7.weight")


@pytest.mark.parametrize("name", ODD)
def test_reaches_what_a_checkpoint_calls_as_no_module_would(name: str) -> None:
    net = containers({each: torch.full((2,), float(index)) for index, each in enumerate(ODD)})
    found = reach(net, name)
    assert found
    assert all(eval(expression, {"net": net}) is find_tensor(net, name).tensor for expression in found)


def test_reaches_the_modules_of_a_checkpoint_too() -> None:
    net = containers({name: torch.zeros(2) for name in ODD})
    for here in named_modules(net):
        assert eval(reach_module(net, here.name), {"net": net}) is here.module
