"""Draws that repeat: found at every size and along every axis, where chance could not have done it, and only there."""

import math

import pytest
import torch
from torch import Tensor

from core.questions.theory import Verdict
from core.recipe.schemes.distribution import Distribution, constant, mixed, normal, uniform
from core.recipe.schemes.promise import Promise, ZeroRow
from core.theory.probability import cut_below
from core.theory.verdict import verdict

WRONG = ("violates", "inconsistent")
NEVER = ", which independent draws never do"


def normals(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def found(w: Tensor, expected: Distribution | None = None) -> Verdict:
    return verdict(w, Promise(expected or normal(0, 1)))


@pytest.mark.parametrize("shape", [(2, 3), (20, 2), (64, 16), (300, 400), (9000, 40), (16, 3, 5, 5)], ids=str)
def test_two_equal_rows_are_named(shape: tuple[int, ...]) -> None:
    w = normals(*shape)
    assert found(w).kind not in WRONG
    w[1] = w[0]
    word = "rows 0 and 1" if len(shape) == 2 else "slices 0 and 1 along axis 0"
    assert (found(w).kind, found(w).sentence) == ("violates", f"{word} are equal bit for bit" + NEVER)


@pytest.mark.parametrize("shape", [(3, 2), (16, 64), (400, 300), (40, 9000)], ids=str)
def test_two_equal_columns_are_named(shape: tuple[int, int]) -> None:
    w = normals(*shape)
    w[:, -1] = w[:, 0]
    said = f"columns 0 and {shape[1] - 1:,} are equal bit for bit"
    assert found(w).sentence == said + NEVER


def test_the_axes_of_a_convolution_are_all_looked_along() -> None:
    for axis in range(4):
        w = normals(8, 6, 3, 3)
        w.select(axis, 2).copy_(w.select(axis, 0))
        assert found(w).sentence == f"slices 0 and 2 along axis {axis} are equal bit for bit" + NEVER


@pytest.mark.parametrize("shape", [(8,), (200,), (100_000,), (64, 1), (1, 64), (12, 8), (1000, 300)], ids=str)
@pytest.mark.parametrize("axis", [0, 1])
def test_halves_are_found_along_both_axes(shape: tuple[int, ...], axis: int) -> None:
    w = normals(*shape)
    along = min(axis, w.dim() - 1)
    if shape[along] > 1:
        half = shape[along] // 2
        w.narrow(along, half, half).copy_(w.narrow(along, 0, half))
        assert found(w).kind == "violates"
        assert "again" in found(w).sentence or f"with a period of {half}, bit for bit" in found(w).sentence


def test_tiles_are_found() -> None:
    assert found(normals(8, 8).repeat(4, 4)).sentence == "its rows repeat with a period of 8, bit for bit" + NEVER
    assert found(normals(32, 8).repeat(1, 4)).sentence == "its columns repeat with a period of 8, bit for bit" + NEVER
    w = normals(64, 64)
    w[40:50, 20:30] = w[3:13, 7:17]
    assert found(w).sentence == ("the 10 values from [3, 7] on come again from [40, 20] on, bit for bit" + NEVER)
    large = normals(600, 600)
    large[300:, 300:] = large[:300, :300]
    large[300:, :300] = large[:300, :300]
    assert "begin with the same 300 values" in found(large).sentence or "columns" in found(large).sentence


def test_query_key_and_value_from_one_seed_are_found_in_weight_and_bias() -> None:
    for size in (6, 64):
        w, bias = normals(3 * size, size), normals(3 * size)
        for tensor in (w, bias):
            tensor[size : 2 * size] = tensor[:size]
            assert found(tensor).kind == "violates"
            tensor[:size] = normals(size, *tensor.shape[1:], seed=5)
            tensor[2 * size :] = tensor[size : 2 * size]
            assert found(tensor).kind == "violates", "also where the first third is another"


def test_the_same_seed_for_each_part_is_found() -> None:
    w = torch.cat([normals(1000, seed=3) for _ in range(70)]).reshape(700, 100)
    assert found(w).kind == "violates"
    assert found(torch.cat([normals(900, seed=3) for _ in range(7)])).kind == "violates"


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        (torch.bfloat16, (2, 3)),
        (torch.bfloat16, (4, 3)),
        (torch.float8_e4m3fn, (2, 8)),
        (torch.float16, (2, 2)),
        (torch.float32, (2,)),
    ],
    ids=str,
)
def test_what_chance_repeats_now_and_then_is_not_called_wrong(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    w = normals(*shape).to(dtype).float()
    w[1] = w[0]
    promise = Promise(normal(0, 1), narrowest=str(dtype).removeprefix("torch."))
    assert verdict(w.to(dtype), promise).kind not in WRONG
    assert verdict(w, promise).kind not in WRONG


def test_a_repeat_in_few_distinct_values_is_found_where_it_is_long_enough() -> None:
    for dtype, size in ((torch.bfloat16, 8), (torch.float8_e4m3fn, 24)):
        w = normals(2, size).to(dtype)
        w.view(torch.uint8)[1] = w.view(torch.uint8)[0]
        assert verdict(w, Promise(normal(0, 1))).kind == "violates", dtype


def test_zeros_of_a_mask_and_atoms_hold_no_information() -> None:
    sparse = cut_below(normal(0, 1), 2)
    for seed in range(20):
        w = normals(300, 40, seed=seed)
        assert verdict(w * (w.abs() >= 2), Promise(sparse)).kind not in WRONG
        signs = normals(200, 12, seed=seed).sign()
        assert verdict(signs, Promise(mixed((0.5, constant(-1.0)), (0.5, constant(1.0))))).kind not in WRONG
    w = normals(300, 400) * (normals(300, 400, seed=1).abs() >= 1)
    half = mixed((2 * 0.3413447, constant(0.0)), (1 - 2 * 0.3413447, normal(0, 1)))
    assert verdict(w, Promise(half)).kind not in WRONG
    w[7] = w[201]
    assert "rows 7 and 201 are equal" in verdict(w, Promise(half)).sentence


def test_a_padding_row_is_no_repeat_and_rows_beside_it_are() -> None:
    w = normals(50, 8)
    w[3] = 0
    promise = Promise(normal(0, 1), (), ZeroRow(3))
    assert verdict(w, promise).kind not in WRONG
    w[20] = w[2]
    assert verdict(w, promise).sentence == ("rows 2 and 20 are equal bit for bit, which independent draws never do")


@pytest.mark.parametrize("shape", [(7,), (40,), (5000,), (3, 5), (30, 20), (2, 900), (4, 3, 3, 3)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn], ids=str)
def test_right_draws_never_repeat_beyond_chance(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    for seed in range(40):
        torch.manual_seed(seed)
        for w, expected in (
            (torch.randn(shape), normal(0, 1)),
            (torch.empty(shape).normal_(1, 0.05), normal(1, 0.05)),
            (torch.rand(shape), uniform(0, 1)),
            (math.pi * torch.rand(shape) - 1, uniform(-1, math.pi - 1)),
        ):
            kept = found(w.to(dtype), expected)
            assert "bit for bit" not in kept.sentence
