"""Where the parts of a tensor come from that is laid out of others, held against where torch put their values.

Each source is filled with a number of its own, so that a part which is told in the wrong place has the wrong number.
"""

import random
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core import provenance
from core.theory.model_verdict import ModelCheck
from core.theory.origins import Origin, origins_when_built
from core.theory.premises import Premise

from ..theory.origin import built


def laid_out(seed: int) -> Tensor:
    """A tensor that a dozen random operations lay out of constants."""
    choose, numbers = random.Random(seed), iter(range(1, 1000))
    pool = [torch.full(tuple(choose.choice((1, 2, 3, 4)) for _ in range(2)), float(next(numbers))) for _ in range(3)]
    for _ in range(choose.randrange(1, 12)):
        made = next(_made(choose.choice(pool), float(next(numbers)), choose))
        if 0 < made.numel() <= 4096 and made.dim() <= 4:
            pool.append(made)
    return pool[-1]


def _made(tensor: Tensor, number: float, choose: random.Random) -> Iterator[Tensor]:
    axis = choose.randrange(tensor.dim())
    other = torch.full_like(tensor, number)
    match choose.randrange(10):
        case 0:
            yield torch.cat([tensor, other, tensor], axis)
        case 1:
            yield torch.stack([other, tensor], choose.randrange(-tensor.dim() - 1, tensor.dim() + 1))
        case 2:
            yield tensor.repeat(*(choose.choice((1, 2, 3)) for _ in range(tensor.dim() + choose.randrange(2))))
        case 3:
            yield tensor.repeat_interleave(choose.choice((2, 3)), dim=axis)
        case 4:
            yield functional.pad(
                tensor, [choose.randrange(-1 if tensor.shape[-1] > 2 else 0, 3) for _ in range(2)], value=number
            )
        case 5:
            yield tensor.transpose(0, -1).contiguous()
        case 6:
            yield tensor.transpose(0, -1)
        case 7:
            yield tensor.narrow(axis, 0, max(1, tensor.shape[axis] - 1))
        case 8:
            other.copy_(tensor.select(axis, 0).unsqueeze(axis))
            yield other
        case _:
            yield tensor.reshape(-1, tensor.shape[-1])


@pytest.mark.parametrize("seed", range(300))
def test_every_part_is_told_where_its_values_are(seed: int) -> None:
    def build() -> nn.Module:
        net = nn.Module()
        net.w = nn.Parameter(laid_out(seed))
        return net

    net, found = built(build)
    (row,) = ModelCheck(net, found).model().rows
    assert row.verdict.kind in ("consistent", "cannot tell", "no theory"), row.verdict.sentence


def test_nearly_all_of_those_are_known() -> None:
    known = 0
    for seed in range(300):
        with provenance() as story:
            net = nn.Module()
            net.w = nn.Parameter(laid_out(seed))
        (row,) = ModelCheck(net, origins_when_built(net, story.of(net))).model().rows
        known += row.verdict.kind == "consistent"
    assert known >= 200


def test_a_draw_is_the_same_wherever_its_values_are_copied_to() -> None:
    def build() -> nn.Module:
        net = nn.Module()
        drawn, other = torch.randn(4, 8), torch.randn(4, 8)
        net.w = nn.Parameter(torch.cat([drawn, other, drawn * 2, drawn[:2]]))
        return net

    _, found = built(build)
    first, second, scaled, part = _premises(found["w"])
    assert first.draw == scaled.draw == part.draw == "1"
    assert second.draw == ""
    assert len({first.way, second.way, scaled.way, part.way}) == 4


def _premises(origin: Origin) -> tuple[Premise, ...]:
    return tuple(sorted(origin.premises, key=lambda premise: premise.part.places[0].start))
