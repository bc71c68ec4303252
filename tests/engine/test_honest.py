"""No honest answer is refused where it is read, whatever the model: odd names, odd dtypes, no values, extreme ones."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.engine import channel, replies
from core.recipe.recipe import Recipe
from tests import edge_cases, kinds
from tests.engine.asked import questions
from tests.sameness import assert_same


def holding(make: Callable[[], dict[str, Tensor]]) -> Callable[[], nn.Module]:
    """A model of these tensors: those that can have a gradient as parameters, the others as buffers."""

    def build() -> nn.Module:
        model = nn.Module()
        for name, tensor in make().items():
            if tensor.is_floating_point() or tensor.is_complex():
                model.register_parameter(name, nn.Parameter(tensor.clone()))
            else:
                model.register_buffer(name, tensor.clone())
        return model

    return build


_EXTREMES = torch.tensor([[math.nan, math.inf, -math.inf, 0.0], [-0.0, 1e-45, 3e38, -3e38]])
VALUES = {
    "NaN and infinities": holding(
        lambda: {"weight": _EXTREMES, "rest": torch.full((3, 3), math.nan), "infinite": torch.full((2,), -math.inf)}
    ),
    "float64": holding(lambda: {"weight": torch.tensor([1.7e308, -1.7e308, 5e-324], dtype=torch.float64)}),
    "one value": holding(
        lambda: {"scalar": torch.tensor(3.0), "one": torch.ones(1, 1), "constant": torch.full((4, 5), 2.0)}
    ),
    "nothing": holding(lambda: {"empty": torch.zeros(0), "flat": torch.zeros(3, 0), "deep": torch.zeros(2, 0, 3, 4)}),
    "many axes": holding(
        lambda: {
            "three": torch.randn(2, 3, 4),
            "five": torch.randn(2, 1, 3, 2, 2),
            "nine": torch.randn((1,) * 9),
        }
    ),
    "half precision": holding(lambda: {"two": torch.randn(3, 3).half(), "brain_": torch.randn(3, 3).bfloat16()}),
    "whole numbers": holding(
        lambda: {
            "byte": torch.arange(-8, 8, dtype=torch.int8),
            "long": torch.tensor([2**62, -(2**63)]),
            "flag": torch.ones(3, dtype=torch.bool),
        }
    ),
    "complex": holding(
        lambda: {"turn": torch.randn(3, 4, dtype=torch.complex64), "wide": torch.randn(2, dtype=torch.complex128)}
    ),
    "sparse": holding(lambda: {"coordinates": torch.eye(4).to_sparse(), "rows": torch.eye(4).to_sparse_csr()}),
    "meta": holding(
        lambda: {"huge": torch.empty(2**20, 2**20, 2**10, device="meta"), "scalar": torch.empty((), device="meta")}
    ),
    "quantized": holding(lambda: {"eights": torch.quantize_per_tensor(torch.randn(3, 3), 0.1, 0, torch.qint8)}),
    "large": holding(lambda: {"weight": torch.randn(700, 900), "strip": torch.randn(100_000)}),
    "long names": lambda: nn.ModuleDict({"x" * 2500: nn.Linear(2, 2)}),
}
MODELS: dict[str, Callable[[], nn.Module]] = {
    **edge_cases.CASES,
    **{name: build for name, (build, _) in kinds.TIED.items()},
    **VALUES,
}


def answered(request: Any, moments: Moments) -> Any:
    """The record; None where the model cannot be asked this, a forward pass on another model's batch for one."""
    try:
        return answer(request, moments)
    except Exception as error:  # of torch and of safetensors, of any kind
        if str(error).startswith("not so"):
            raise  # a record that no honest worker should have made
        return None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_every_answer_is_read_as_it_was_given(build: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    after = build()
    before = build() if "cycle" not in getattr(build, "__name__", "") else after
    moments = Moments(Recipe("mlp"), before, after, ())
    if not list(after.parameters()) + list(after.buffers()):
        return
    for request in questions(moments):
        given = answered(request, moments)
        if given is None:
            continue
        value, arrays = channel.pack(given)
        assert_same(replies.read(request, json.loads(json.dumps(value)), arrays, 0), given, str(request))
