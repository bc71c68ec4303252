"""What makes a replay's bytes the same every time: the three random streams and the one thread, both given back."""

import contextlib
import dataclasses
import random

import numpy as np
import pytest
import torch
from torch import nn

from core.module.seeding import seed_streams
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Forward, Source, Train, Untie
from core.replaying.replay import StepError, replay


def state_bytes(net: nn.Module) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in net.state_dict().items()}


def one_of_each_stream() -> tuple[float, float, float]:
    return torch.rand(1).item(), random.random(), np.random.random_sample()  # noqa: NPY002 (the global stream is meant)


def test_seeds_all_three_streams_for_the_build_and_for_what_the_code_does_when_read() -> None:
    code = (
        "import random\nimport numpy as np\nread = random.random() + np.random.rand() + float(torch.rand(()))\n"
        "def build():\n    net = nn.Linear(2, 2)\n    drawn = [read, random.random(), np.random.rand()]\n"
        "    net.register_buffer('drawn', torch.tensor([*drawn, torch.rand(())], dtype=torch.float64))\n"
        "    return net"
    )
    recipe = Recipe("code", 7, source=Source(code, "build"))
    first = state_bytes(replay(recipe))
    one_of_each_stream()
    assert state_bytes(replay(recipe)) == first
    other = state_bytes(replay(dataclasses.replace(recipe, seed=8)))
    assert all(first[name] != other[name] for name in first)


def test_leaves_all_three_streams_as_they_were() -> None:
    code = "import random\nimport numpy as np\nrandom.random(), np.random.rand(), torch.rand(3)\n"
    drawing, failing = Custom(code, "", "statements"), Custom(code + "raise KeyError", "", "statements")
    for steps in ((drawing, Forward(3), Train(seed=4)), (failing,)):
        seed_streams(11)
        expected = one_of_each_stream()
        seed_streams(11)
        with contextlib.suppress(StepError):
            replay(Recipe("mlp", steps=steps))
        assert one_of_each_stream() == expected


def test_works_with_one_thread_and_leaves_as_many_as_there_were() -> None:
    """The mean of half a million values depends on how many threads add them up."""
    recipe = Recipe("mlp", steps=(Edit("0.weight", "w -= mean(w)"),), arguments=(("hidden", 1024), ("n_in", 512)))
    threads, weights = torch.get_num_threads(), []
    seen = Custom("seen = torch.get_num_threads()\nnn.init.constant_(net[0].bias, seen)", "", "statements")
    try:
        for number in (1, 4):
            torch.set_num_threads(number)
            weights.append(replay(recipe).get_parameter("0.weight").detach())
            assert torch.get_num_threads() == number
            assert replay(Recipe("mlp", steps=(seen,))).get_parameter("0.bias").tolist() == [1.0] * 8
            with pytest.raises(StepError):
                replay(Recipe("mlp", steps=(Untie("0"),)))
            assert torch.get_num_threads() == number
        by_hand = replay(recipe.prefix(0)).get_parameter("0.weight").detach()
        assert not torch.equal(by_hand - by_hand.mean(), weights[0]), "too few values for threads to matter"
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*weights)
