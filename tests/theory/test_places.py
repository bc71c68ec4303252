"""Every place that a verdict tells is told in indices of the tensor, also where it speaks of a part of it."""

import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from core import provenance
from core.theory.model_verdict import ModelCheck
from core.theory.origins import origins_when_built

Write = Callable[[Tensor], object]


def judged(shape: tuple[int, ...], write: Write, spoil: Write) -> tuple[Tensor, str]:
    """A parameter and the sentence on it, written as is observed, then spoiled when nobody looks."""
    net = nn.Module()
    torch.manual_seed(0)
    with provenance() as story:
        net.w = nn.Parameter(torch.empty(shape))
        with torch.no_grad():
            write(net.w)
    with torch.no_grad():
        spoil(net.w)
    verdict = ModelCheck(net, origins_when_built(net, story.of(net))).tensor("w").verdict
    assert verdict.kind == "violates"
    return net.w.detach(), verdict.sentence


def drawn_but(part: tuple[slice, ...], value: float = 1.0) -> Write:
    """A draw over all, and one value over a part."""
    return lambda w: (nn.init.normal_(w), w[part].fill_(value))


@pytest.mark.parametrize(
    ("shape", "part", "place"),
    [
        ((48,), (slice(16, 32),), [20]),
        ((12, 9), (slice(3, 9),), [4, 2]),
        ((12, 9), (slice(None), slice(5, 8)), [7, 6]),
        ((12, 9), (slice(2, 12, 3), slice(1, 9, 2)), [8, 3]),
        ((6, 4, 5, 5), (slice(2, 4), slice(1, 3), slice(2, 5), slice(2, 5)), [3, 2, 4, 2]),
    ],
    ids=str,
)
def test_the_first_value_that_differs(shape: tuple[int, ...], part: tuple[slice, ...], place: list[int]) -> None:
    _, sentence = judged(shape, drawn_but(part), lambda w: w[tuple(place)].fill_(7.0))
    assert f"differ from 1: the first at {place} is 7" in sentence


@pytest.mark.parametrize(
    ("shape", "write", "place", "wanted"),
    [
        ((12, 4), lambda w: (nn.init.normal_(w), nn.init.eye_(w[4:8])), [6, 1], "the identity"),
        ((24, 3), lambda w: (nn.init.ones_(w), nn.init.normal_(w[8:16])), [18, 2], "1"),
    ],
    ids=["an identity in a block", "what one write left in several places"],
)
def test_the_first_value_that_differs_from(shape: tuple[int, ...], write: Write, place: list[int], wanted: str) -> None:
    _, sentence = judged(shape, write, lambda w: w[tuple(place)].fill_(3.0))
    assert f"differ from {wanted}: the first at {place} is 3" in sentence


@pytest.mark.parametrize(
    ("part", "spoil", "said"),
    [
        ((slice(16, 32),), lambda w: w[25].copy_(w[18]), "rows 18 and 25 are equal"),
        ((slice(None), slice(8, 24)), lambda w: w[:, 20].copy_(w[:, 9]), "columns 9 and 20 are equal"),
        ((slice(16, 32, 2),), lambda w: w[30].copy_(w[18]), "rows 18 and 30 are equal"),
        ((slice(16, 32), slice(8, 24)), lambda w: w[25, 8:24].copy_(w[18, 8:24]), "rows 18 and 25 are equal"),
        ((slice(16, 32), slice(8, 24)), lambda w: w[16:32, 20].copy_(w[16:32, 9]), "columns 9 and 20 are equal"),
        ((slice(16, 32),), lambda w: w[25, 10:20].copy_(w[18, 3:13]), "from [18, 3] on come again from [25, 10] on"),
        ((slice(16, 32),), lambda w: w[25, :9].copy_(w[18, :9]), "rows 18 and 25 begin with the same 9 values"),
    ],
)
def test_slices_and_runs_that_repeat(part: tuple[slice, ...], spoil: Write, said: str) -> None:
    _, sentence = judged((48, 32), lambda w: (nn.init.zeros_(w), nn.init.normal_(w[part])), spoil)
    assert said in sentence


def test_slices_of_a_convolution_that_repeat() -> None:
    _, sentence = judged(
        (12, 6, 3, 3),
        lambda w: (nn.init.zeros_(w), nn.init.normal_(w[4:10, 1:5])),
        lambda w: w[4:10, 4].copy_(w[4:10, 2]),
    )
    assert "slices 2 and 4 along axis 1 are equal" in sentence


def test_parts_that_repeat_each_other_are_named_as_parts_of_the_tensor() -> None:
    def write(w: Tensor) -> None:
        nn.init.zeros_(w)
        for first in (0, 8, 16):
            nn.init.normal_(w[first : first + 4])

    _, sentence = judged((24, 5), write, lambda w: w[16:20].copy_(w[8:12]))
    assert "its parts [8:12] and [16:20] are equal bit for bit" in sentence
    _, sentence = judged((24, 5), write, lambda w: w[18, :].copy_(w[9, :]))
    assert "from [9, 0] on come again from [18, 0] on" in sentence


def test_values_beside_those_that_are_known() -> None:
    def write(w: Tensor) -> None:
        w.copy_(torch.randn(12, 12).tril())

    _, sentence = judged((12, 12), write, lambda w: w[11, 1:8].copy_(w[7, :7]))
    assert "the 7 values from [7, 0] on come again from [11, 1] on" in sentence

    def write_a_block(w: Tensor) -> None:
        nn.init.ones_(w)
        w[3:9, 2:8] = torch.randn(6, 6).tril()

    _, sentence = judged((12, 12), write_a_block, lambda w: w[8, 3:7].copy_(w[6, 2:6]))
    assert "the 4 values from [6, 2] on come again from [8, 3] on" in sentence


def test_the_rows_after_a_padding_row_keep_their_numbers() -> None:
    with provenance() as story:
        net = nn.Embedding(20, 6, padding_idx=5)
    with torch.no_grad():
        net.weight[17] = net.weight[8]
    sentence = ModelCheck(net, origins_when_built(net, story.of(net))).tensor("weight").verdict.sentence
    told = [int(number) for number in re.findall(r"\d+", sentence.split("are equal")[0])[-2:]]
    assert told == [8, 17] or "from [8, 0] on come again from [17, 0] on" in sentence


def test_a_run_of_one_number_among_draws_is_told_as_that() -> None:
    _, sentence = judged((128,), nn.init.normal_, lambda w: w[32:64].fill_(1.0))
    assert sentence == "the 32 values from [32] on repeat one number, bit for bit, which independent draws never do"
