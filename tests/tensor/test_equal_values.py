"""What is equal bit for bit and not tied is found, of any shape and dtype; what is equal wherever it stands is not."""

import copy
import time
from collections.abc import Callable, Iterator
from itertools import combinations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.module.tying import tied_groups
from core.tensor.equal_values import equal_tensors
from tests.edge_cases import CASES, every_case


def found(model: nn.Module) -> list[tuple[str, ...]]:
    return [tuple(entry.name for entry in group) for group in equal_tensors(model)]


def holding(*tensors: Tensor) -> nn.ParameterList:
    return nn.ParameterList([nn.Parameter(tensor, requires_grad=False) for tensor in tensors])


def is_found(tensor: Tensor) -> bool:
    return bool(found(holding(tensor, tensor.clone())))


def seeded_linear(inputs: int = 6, outputs: int = 4, seed: int = 0) -> nn.Linear:
    torch.manual_seed(seed)
    return nn.Linear(inputs, outputs)


class TestFound:
    @pytest.mark.parametrize("seed", range(20))
    def test_layers_cloned_by_an_encoder(self, seed: int) -> None:
        torch.manual_seed(seed)
        encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 3, enable_nested_tensor=False)
        names = ("self_attn.in_proj_weight", "self_attn.out_proj.weight", "linear1.weight", "linear1.bias")
        assert found(encoder) == [
            tuple(f"layers.{layer}.{name}" for layer in range(3)) for name in (*names, "linear2.weight", "linear2.bias")
        ]

    def test_layers_after_one_seed_each(self) -> None:
        net = nn.Sequential(seeded_linear(), nn.ReLU(), seeded_linear(), seeded_linear(seed=1))
        assert found(net) == [("0.weight", "2.weight"), ("0.bias", "2.bias")]

    def test_two_pairs_of_one_shape(self) -> None:
        net = nn.Sequential(*(seeded_linear(seed=seed) for seed in (0, 1, 0, 1)))
        assert found(net) == [
            ("0.weight", "2.weight"),
            ("0.bias", "2.bias"),
            ("1.weight", "3.weight"),
            ("1.bias", "3.bias"),
        ]

    @given(
        shape=st.lists(st.integers(1, 5), max_size=4),
        dtype=st.sampled_from([torch.float32, torch.float64, torch.complex64, torch.complex128]),
        seed=st.integers(0, 2**32),
    )
    @settings(deadline=None, max_examples=60)
    def test_any_two_numbers_that_were_drawn(self, shape: list[int], dtype: torch.dtype, seed: int) -> None:
        drawn = torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))
        assert is_found(drawn) == (drawn.numel() > 1)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2])
    def test_narrow_numbers(self, dtype: torch.dtype) -> None:
        assert is_found(torch.randn(30, 30).to(dtype))

    def test_whole_numbers_and_signs_in_an_order_that_was_drawn(self) -> None:
        generator = torch.Generator().manual_seed(0)
        assert is_found(torch.randint(-128, 127, (8, 8), dtype=torch.int8, generator=generator))
        assert is_found(torch.randn(40, 40, generator=generator).sign())
        assert is_found((torch.rand(50, 50, generator=generator) > 0.9).float())

    def test_however_they_lie_in_memory(self) -> None:
        kernels = torch.randn(8, 3, 3, 3)
        assert is_found(kernels)
        assert found(holding(kernels, kernels.to(memory_format=torch.channels_last), kernels.flip(0).flip(0)))[0] == (
            "0",
            "1",
            "2",
        )
        large = torch.randn(3, 50, 7)
        assert found(holding(large, large.transpose(0, 2).contiguous().transpose(0, 2))) == [("0", "1")]

    def test_nan_of_one_payload_is_equal_and_zeros_of_two_signs_are_not(self) -> None:
        holes = torch.randn(10)
        holes[3] = torch.nan
        assert is_found(holes)
        positive, negative = torch.randn(100), torch.zeros(100)
        positive[50] = 0.0
        negative.copy_(positive)
        negative[50] = -0.0
        assert torch.equal(positive, negative)
        assert found(holding(positive, negative)) == []

    def test_few_draws_among_very_many_zeros(self) -> None:
        sparse = torch.zeros(100_000)
        sparse[[30_000, 90_000]] = torch.randn(2)
        assert is_found(sparse)

    def test_drawn_buffers(self) -> None:
        model = nn.Module()
        frequencies = torch.randn(16)
        model.register_buffer("a", frequencies)
        model.register_buffer("b", frequencies.clone())
        assert found(model) == [("a", "b")]


class TestNotSaid:
    @pytest.mark.parametrize(
        "tensor",
        [
            torch.zeros(64, 64),
            torch.ones(64),
            torch.full((64,), 0.1),
            torch.full((8, 8), torch.nan),
            torch.eye(3),
            torch.eye(300),
            torch.eye(64, 100) * 2**0.5,
            nn.init.dirac_(torch.empty(64, 64, 3, 3)),
            nn.init.dirac_(torch.empty(64, 32, 3), groups=2),
            torch.ones(100, 100).tril(),
            torch.cat((torch.zeros(20), torch.ones(20), torch.zeros(40))),
            torch.cat((torch.zeros(20), torch.full((20,), 0.1))),
            torch.tensor([1.0, -1.0]).repeat(500),
            torch.tensor([0.3]),
            torch.tensor(0.3),
            torch.empty(0, 5),
        ],
        ids=lambda tensor: f"{tuple(tensor.shape)}",
    )
    def test_what_is_equal_wherever_it_stands(self, tensor: Tensor) -> None:
        assert not is_found(tensor)

    def test_tables_and_counters_that_modules_keep(self) -> None:
        model = nn.Module()
        for name in ("a", "b"):
            model.register_buffer(f"{name}_positions", torch.arange(500))
            model.register_buffer(f"{name}_mask", torch.rand(40, 40, generator=torch.Generator().manual_seed(0)) > 0.5)
        assert found(model) == []
        assert found(nn.Sequential(nn.BatchNorm2d(8), nn.BatchNorm2d(8))) == []

    def test_another_shape_or_dtype(self) -> None:
        drawn = torch.randn(4, 6)
        assert found(holding(drawn, drawn.reshape(6, 4), drawn.double(), drawn.view(torch.int32))) == []

    def test_one_bit_apart(self) -> None:
        drawn = torch.randn(1000)
        other = drawn.clone()
        other.view(torch.int32)[777] ^= 1
        assert found(holding(drawn, other)) == []
        assert found(holding(drawn, other, other.clone(), drawn.clone())) == [("0", "3"), ("1", "2")]

    def test_the_same_values_in_another_order(self) -> None:
        drawn = torch.randn(1000)
        other = drawn.clone()
        other[[500, 501]] = drawn[[501, 500]]
        assert found(holding(drawn, other)) == []


class TestTied:
    @every_case
    def test_names_are_never_in_a_group(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        tied = [set(group.names) for group in tied_groups(model)]
        for group in found(model):
            assert not any(len(names & set(group)) > 1 for names in tied)

    def test_tensors_count_once_beside_a_copy(self) -> None:
        net = nn.ModuleList([nn.Linear(6, 4), nn.Linear(6, 4), nn.Linear(6, 4), nn.Linear(6, 4)])
        net[1].weight = net[0].weight
        assert found(net) == []
        net.get_parameter("2.weight").data.copy_(net.get_parameter("0.weight").data)
        assert found(net) == [("0.weight", "2.weight")]
        net[3].weight.data = net[2].weight.data
        assert found(net) == [("0.weight", "2.weight")]

    def test_overlapping_slices_are_not_merely_equal(self) -> None:
        """Equal values that share memory, and a third that does not."""
        pattern = torch.randn(4).repeat(3)
        net = nn.Module()
        net.register_parameter("a", nn.Parameter(pattern[:8]))
        net.register_parameter("b", nn.Parameter(pattern[4:]))
        assert found(net) == []
        net.register_parameter("c", nn.Parameter(pattern[:8].clone()))
        assert found(net) == [("a", "c")]


@pytest.mark.parametrize("name", CASES)
def test_torch_agrees(name: str) -> None:
    """Of every two in a group, torch says that they are equal."""
    model = CASES[name]()
    for group in equal_tensors(model):
        for first, second in combinations(group, 2):
            assert first.tensor.dtype == second.tensor.dtype
            assert torch.equal(first.tensor.nan_to_num(), second.tensor.nan_to_num())


def independent() -> Iterator[nn.Module]:
    for seed in range(300):
        torch.manual_seed(seed)
        yield nn.Sequential(*(nn.Linear(2, 2) for _ in range(30)), nn.Conv1d(2, 1, 1), nn.Conv1d(2, 1, 1))


def test_independent_draws_are_never_called_equal() -> None:
    assert [found(net) for net in independent()] == [[]] * 300


def test_costs_little_where_nothing_is_equal() -> None:
    """25 million parameters, of one shape each two."""
    model = nn.Sequential(*(nn.Linear(1120, 1120) for _ in range(20)))
    equal_tensors(model)
    start = time.process_time()
    assert found(model) == []
    assert time.process_time() - start < 0.1


def test_all_of_a_copied_model() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 2))
    both = nn.ModuleDict({"student": model, "teacher": copy.deepcopy(model)})
    assert found(both) == [
        (f"student.{name}", f"teacher.{name}") for name in ("0.weight", "0.bias", "2.weight", "2.bias")
    ]
