"""What one seed for every layer leaves: the same draws, however many there are and whatever their scale."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.tensor.equal_values import equal_tensors
from core.tensor.same_start import same_starts
from tests.edge_cases import every_case


def drawn(shape: Sequence[int], init: Callable[..., Any], *options: float, seed: int = 0) -> nn.Parameter:
    torch.manual_seed(seed)
    parameter = nn.Parameter(torch.empty(*shape))
    init(parameter, *options)
    return parameter


def found(*parameters: Tensor) -> list[tuple[object, ...]]:
    model = nn.ParameterList(parameters)
    return [
        (start.first, start.second, start.values, pytest.approx(start.scale, rel=1e-5), round(start.shift, 5))
        for start in same_starts(model, equal_tensors(model))
    ]


class TestFound:
    def test_default_layers_of_different_width(self) -> None:
        layers = []
        for width in (20, 30, 40):
            torch.manual_seed(0)
            layers.append(nn.Linear(width, 10))
        starts = same_starts(nn.Sequential(*layers))
        assert [(start.first, start.second, start.values) for start in starts] == [
            ("2.weight", "0.weight", 200),
            ("2.weight", "1.weight", 300),
        ]
        assert [start.scale for start in starts] == pytest.approx([math.sqrt(40 / 20), math.sqrt(40 / 30)])

    @given(
        size=st.integers(16, 100),
        longer=st.integers(0, 50),
        bound=st.floats(1e-3, 1e3),
        seed=st.integers(0, 2**32),
    )
    @settings(deadline=None, max_examples=60)
    def test_uniform_draws_of_any_bound(self, size: int, longer: int, bound: float, seed: int) -> None:
        long = drawn((size + longer,), nn.init.uniform_, -1.0, 1.0, seed=seed)
        short = drawn((size,), nn.init.uniform_, -bound, bound, seed=seed)
        if longer or bound != 1:
            second = ("1", "0")[long.numel() < short.numel()]
            assert [start[1:3] for start in found(long, short)] == [(second, size)]

    @given(
        sixteens=st.integers(1, 6),
        rest=st.integers(0, 15),
        mean=st.sampled_from([0.0, 1.0, -3.0]),
        std=st.floats(0.01, 10),
        seed=st.integers(0, 2**32),
    )
    @settings(deadline=None, max_examples=60)
    def test_normal_draws_of_any_mean_and_std_but_for_the_last(
        self, sixteens: int, rest: int, mean: float, std: float, seed: int
    ) -> None:
        """`normal_` draws the last sixteen anew where their number is no multiple of sixteen."""
        long = drawn((20, 40), nn.init.normal_, 0.0, 1.0, seed=seed)
        short = drawn((16 * sixteens + rest,), nn.init.normal_, mean, std, seed=seed)
        same = 16 * sixteens if not rest else 16 * (sixteens - 1) + rest
        starts = same_starts(nn.ParameterList([long, short]))
        if same >= 16:
            (start,) = starts
            assert start.values == same
            assert start.scale == pytest.approx(std, rel=1e-4)
            assert start.shift == pytest.approx(mean, abs=1e-4 * max(1, std))

    def test_equal_numbers_in_another_shape(self) -> None:
        kernel = torch.randn(6, 5, 1, 1)
        assert found(kernel.clone(), kernel.reshape(6, 5).clone()) == [("0", "1", 30, 1.0, 0.0)]

    def test_a_scaled_copy_of_any_dtype(self) -> None:
        for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
            weight = torch.randn(10, 10, generator=torch.Generator().manual_seed(1)).to(dtype)
            assert found(weight, weight * 0.5) == [("0", "1", 100, 0.5, 0.0)]

    def test_many_of_one_seed_each_once(self) -> None:
        sizes = (64, 32, 48, 16, 80)
        parameters = [drawn((size,), nn.init.uniform_, 0.0, 1.0) for size in sizes]
        assert [start[:3] for start in found(*parameters)] == [("4", str(place), sizes[place]) for place in range(4)]


class TestNotSaid:
    def test_independent_draws(self) -> None:
        for seed in range(50):
            torch.manual_seed(seed)
            net = nn.Sequential(*(nn.Linear(4, width) for width in range(4, 40)))
            assert same_starts(net) == ()

    def test_other_seeds_dtypes_and_signs(self) -> None:
        weight = torch.randn(64, generator=torch.Generator().manual_seed(0))
        other = weight.clone()
        other[40] *= 1.001
        assert found(weight, torch.randn(64), weight.double(), other) == []

    @pytest.mark.parametrize(
        "tensors",
        [
            (torch.zeros(20), torch.zeros(30)),
            (torch.ones(20), torch.full((30,), 0.5)),
            (torch.eye(30), torch.eye(40)),
            (torch.eye(30), 0.5 * torch.eye(30)),
            (torch.ones(20, 20).tril(), torch.ones(30, 30).tril()),
            (torch.full((20,), torch.nan), torch.full((30,), torch.inf)),
            (torch.randn(15), torch.randn(15)),
        ],
        ids=range(7),
    )
    def test_what_is_no_draw(self, tensors: tuple[Tensor, Tensor]) -> None:
        assert found(*tensors) == []

    def test_equal_and_tied_tensors(self) -> None:
        net = nn.ModuleList([nn.Linear(6, 4), nn.Linear(6, 4), nn.Linear(6, 4)])
        net[1].weight = net[0].weight
        net.get_parameter("2.weight").data.copy_(net.get_parameter("0.weight").data)
        assert same_starts(net, equal_tensors(net)) == ()
        flat = nn.Parameter(torch.randn(40))
        net.register_parameter("all", flat)
        net.register_parameter("part", nn.Parameter(flat.data[:20]))
        assert same_starts(net, equal_tensors(net)) == ()

    @every_case
    def test_of_any_structure_it_is_asked_in_vain(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        equal = equal_tensors(model)
        merely = {entry.name for group in equal for entry in group[1:]}
        assert not {start.second for start in same_starts(model, equal)} & merely
