"""Which part of a view a write to another view of one memory reached, held against the elements themselves."""

import random
from contextlib import suppress

import torch
from torch import Tensor

from core.observation.regions import Region, reached
from core.recipe.slices import Box, Places

PAIRS = 6000


def _view(tensor: Tensor, choose: random.Random) -> Tensor:
    """A view that a few slices, transposes, reshapes and diagonals leave."""
    for _ in range(choose.randrange(4)):
        axes = tensor.dim()
        match choose.randrange(5):
            case 0 if axes:
                axis = choose.randrange(axes)
                start = choose.randrange(tensor.shape[axis])
                stop = choose.randrange(start + 1, tensor.shape[axis] + 1)
                index = [slice(None)] * axes
                index[axis] = slice(start, stop, choose.choice((1, 1, 2, 3)))
                tensor = tensor[tuple(index)]
            case 1 if axes > 1:
                tensor = tensor.transpose(*choose.sample(range(axes), 2))
            case 2 if axes:
                axis = choose.randrange(axes)
                tensor = tensor.select(axis, choose.randrange(tensor.shape[axis]))
            case 3:
                with suppress(RuntimeError):  # of a view that has no such shape
                    tensor = tensor.view(-1, choose.choice((2, 3, 4, 6)))
            case 4 if axes == 2:
                tensor = tensor.diagonal()
            case _:
                pass
    return tensor


def test_what_is_told_of_a_write_is_what_it_reached() -> None:
    unknown = 0
    for seed in range(PAIRS):
        choose = random.Random(seed)
        shape = choose.choice([(-1, 12), (2, -1, 6), (-1, 3, 4), (-1,), (6, -1), (4, -1)])
        memory = torch.arange(choose.choice((24, 36, 48, 60, 72))).view(*shape)
        written, region = _view(memory, choose), _view(memory, choose)
        if not written.numel() or not region.numel():
            continue
        told = reached(Region.of(written), Region.of(region))
        unknown += told == "scattered"
        if told == "scattered":
            continue
        wanted = torch.full(region.shape, told == "all")
        if not isinstance(told, str):
            wanted[Box(tuple(Places(*cut) for cut in told)).index] = True
        assert torch.equal(torch.isin(region.contiguous(), written.contiguous()), wanted), (
            seed,
            Region.of(written),
            Region.of(region),
            told,
        )
    assert unknown < PAIRS / 4
