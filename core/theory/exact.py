"""Values that are all known: a number, the identity, a Dirac delta."""

import torch
from torch import Tensor

from ..questions.theory import Verdict
from ..recipe.schemes.promise import Exactly
from ..text import apart, count, number
from . import structure
from .rounding import Grid
from .spelling import Spelled, spelled
from .where import Where


def exactly(
    values: Tensor, grid: Grid, wanted: Exactly, carried: float | None, lit: tuple[str, ...], where: Where
) -> Verdict:
    """The verdict on values that can be the numbers of `grid` and should be what is wanted.

    `carried`: see `Promise`; lit: the values' lamps.
    """
    constant = wanted.kind == "constant"
    wrong = grid.unlike(values, wanted.value) if constant else _unlike(values, grid, wanted)
    bad = int(wrong.sum())
    if not bad:
        number_there = values if constant else values[structure.ones_of(values.shape, wanted)]
        found = spelled(number_there, wanted.value if constant else wanted.scale, grid, carried)
        return Verdict("consistent", _all_equal(values, wanted, found), None, lit)
    first = tuple(int(i) for i in wrong.nonzero()[0]) if values.dim() else ()
    at = f" at {place}" if (place := where.at(first)) else ""
    one, what = apart(float(values[first]), wanted.value)
    what = what if constant else _known(wanted, number(wanted.scale))
    sentence = f"{bad:,} of {count(values.numel(), 'value')} differ from {what}: the first{at} is {one}"
    return Verdict("violates", sentence, None, lit)


def _unlike(values: Tensor, grid: Grid, wanted: Exactly) -> Tensor:
    """Where values are not those of the identity or the Dirac delta."""
    return torch.where(structure.ones_of(values.shape, wanted), grid.unlike(values, wanted.scale), values != 0)


def _known(wanted: Exactly, times: str) -> str:
    name = {"eye": "the identity", "dirac": "a Dirac delta"}[wanted.kind]
    return name if times == "1" else f"{times} times {name}"


def _all_equal(values: Tensor, wanted: Exactly, found: Spelled) -> str:
    if wanted.kind != "constant":
        return f"equal to {_known(wanted, found.shown)}{found.clause}"
    return f"all {values.numel():,} values are {found.text}" if values.numel() > 1 else f"the value is {found.text}"
