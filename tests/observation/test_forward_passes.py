"""What a forward pass of torch's own modules writes is told as that, and what they wrote as they were made is not."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from core import provenance


@pytest.mark.parametrize(
    ("make", "name", "given"),
    [
        (lambda: nn.InstanceNorm1d(4, track_running_stats=True), "running_mean", (3, 4, 5)),
        (lambda: nn.InstanceNorm2d(4, track_running_stats=True), "running_var", (3, 4, 5, 6)),
        (lambda: nn.BatchNorm1d(4), "running_mean", (3, 4)),
        (lambda: nn.BatchNorm1d(4), "num_batches_tracked", (3, 4)),
        (lambda: parametrizations.spectral_norm(nn.Linear(4, 5)), "parametrizations.weight.0._u", (3, 4)),
    ],
)
def test_running_statistics_are_written_by_the_forward_pass(
    make: Callable[[], nn.Module], name: str, given: tuple[int, ...]
) -> None:
    with provenance() as story:
        net = make()
        made = story[net.get_buffer(name)]
        net(torch.randn(given))
    told = story[net.get_buffer(name)]
    assert (told.kind, told.function) == ("written", "forward")
    assert told.times > made.times


def test_what_a_module_makes_lazily_in_a_forward_pass_is_its_default() -> None:
    with provenance() as story:
        net: Any = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d())
        net(torch.randn(5, 3))
    assert (story[net[0].weight].kind, story[net[0].weight].owner) == ("default", "Linear")
    assert story[net[1].weight].kind == "default"
    assert story[net[1].running_mean].kind == "written"


def test_an_init_of_ones_own_that_a_forward_pass_calls_is_an_init() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            nn.init.normal_(self.scale)
            return x * self.scale

    with provenance() as story:
        net = Net()
        net(torch.ones(3))
    assert (story[net.scale].kind, story[net.scale].function) == ("drawn", "normal_")


def test_what_is_loaded_by_assignment_is_loaded() -> None:
    state = nn.Linear(3, 2).state_dict()
    with provenance() as story:
        with torch.device("meta"):
            net = nn.Linear(3, 2)
        net.load_state_dict(state, assign=True)
    assert [(story[each].kind, story[each].times) for each in net.parameters()] == [("loaded", 1)] * 2


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_has_no_plain_memory_is_registered_all_the_same() -> None:
    with provenance() as story:
        net = nn.Module()
        net.register_buffer("sparse", torch.eye(3).to_sparse())
        net.register_buffer("nested", torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]))
        net.register_buffer("far", torch.ones(3, device="meta"))
        net.register_buffer("none", None)
    told = [(story[each].kind, story[each].function) for each in net.buffers()]
    assert told == [("unseen", "sparse_coo"), ("unseen", "nested"), ("filled", "ones")]
