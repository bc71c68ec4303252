"""What a tensor's values say against a theory: what is certain, and the tests that leave something to chance.

A violation is certain: a value outside the support, a structure that does not hold.
"""

from dataclasses import dataclass, replace
from math import sqrt
from typing import assert_never

import numpy as np
import torch
from torch import Tensor

from ..questions.theory import Verdict
from ..recipe.schemes.distribution import Distribution
from ..recipe.schemes.promise import Added, Exactly, Fixed, Orthogonal, Promise, ZeroRow, ZerosInColumns, simplified
from ..tensor.readable import viewable
from ..text import apart, count, number
from . import atoms, bounds, goodness, repeats, structure, zeros
from .exact import exactly
from .goodness import Sample, Test
from .probability import continuous, moments
from .rounding import Grid, coarser, dtype_named, finest_of, grid_of, step_of
from .spelling import spelled
from .where import Where

#: An exact zero where none should be is certain below this probability.
_CERTAIN = 1e-9
#: Beside a number of zeros that is exact, one more is as good as certain below this one.
_SURPLUS = 1e-3
#: Where so few values of a distribution's parts are expected in all, that there is none is as it should be.
_NONE_EXPECTED = 0.01
#: Where so many of the values of the parts are rounded to an atom, the others no longer follow the parts.
_MERGED = 0.005


@dataclass(frozen=True)
class Finding:
    """What a tensor's values say against its promise, before the number of tensors is considered.

    Values that have a probability of their own (atoms) are counted; the others, if the promise has any, are tested
    against the distribution that is left.

    Attributes:
        mean, std: of all values, std about the expected mean; None without finite values.
        certain: the verdict where chance has no part in it; None where it depends on `tests`.
        size: how many values were tested: those that are no atoms, or all of them where the promise has atoms only.
        expected: the distribution of the values that are no atoms; None where the promise has atoms only.
        tested_std: std of the values that are no atoms, about the mean of `expected`.
        atoms: a clause on the share of each atom; lamps: see `Verdict`.
        grain: how far rounding alone may have moved that std.
    """

    mean: float | None
    std: float | None
    certain: Verdict | None
    tests: tuple[Test, ...] = ()
    size: int = 0
    expected: Distribution | None = None
    atoms: str = ""
    tested_std: float = 0.0
    lamps: tuple[str, ...] = ()
    grain: float = 0.0


@dataclass(frozen=True)
class Look:
    """A tensor's values with what any theory asks of all of them, taken once.

    Attributes:
        values: real, dense and on the CPU; grid: what numbers they can be; whole: all of them as a sample; lamps: see
            `Verdict`; where: they lie in their tensor.
    """

    values: Tensor
    grid: Grid
    whole: Sample
    lamps: tuple[str, ...]
    where: Where


def look(tensor: Tensor, where: Where | None = None) -> Look | Verdict:
    """A look at a tensor, `where` it is part of one, or the verdict of what cannot be looked at or is always wrong."""
    values, note = viewable(tensor)
    if values is None or tensor.is_complex():
        return Verdict("cannot tell", note or "complex values are not compared with a theory")
    if not values.numel():
        return Verdict("cannot tell", "it is empty")
    if not _all_finite(values):
        strange = int((~torch.isfinite(values)).sum())
        verb = "is" if strange == 1 else "are"
        return Verdict("violates", f"{strange:,} of {count(values.numel(), 'value')} {verb} not finite")
    stored = tensor.dtype if tensor.dtype.is_floating_point else torch.float64
    grid = grid_of(values, stored) if values.is_floating_point() else Grid(stored, stored)
    whole = goodness.sample(values, grid)
    lit = structure.lamps(values, whole.zeros, whole.negative_zeros)
    return Look(values, grid, whole, lit, where or Where.whole(tuple(tensor.shape)))


@np.errstate(all="ignore")
def examined(seen: Look | Verdict, promise: Promise) -> Finding:
    """What the values of a tensor say against its theory."""
    if isinstance(seen, Verdict):
        return Finding(None, None, seen)
    seen = _on_its_grid(seen, promise)
    if isinstance(promise.structure, Added):
        return _beyond_identity(seen, promise.structure, promise)
    if isinstance(promise.structure, Fixed):
        return _around(seen, promise.structure, promise)
    measured = seen.whole.mean, goodness.std_about(seen.whole, moments(promise.distribution).mean)
    if isinstance(promise.structure, Exactly):
        return Finding(*measured, _exactly(seen, promise.structure, promise.carried))
    broken, loose = _structural(seen, promise)
    broken = broken or _impossible(seen, loose, promise)
    if broken:
        return Finding(*measured, Verdict("violates", broken, None, seen.lamps))
    if isinstance(promise.structure, Orthogonal):
        return Finding(*measured, _orthogonal(seen, promise.structure))
    tests, clauses, tested, expected = _chance(seen, loose, promise)
    std = goodness.std_about(tested, moments(expected).mean) if tested and expected else 0.0
    size = tested.size if tested else 0 if expected else loose.numel()
    grain = goodness.grain(tested, expected) if tested and expected else 0.0
    return Finding(*measured, None, tests, size, expected, clauses, std, seen.lamps, grain)


def _on_its_grid(seen: Look, promise: Promise) -> Look:
    """The look with the steps between numbers as wide as the promise says the values' way has left them."""
    if not promise.narrowest and not promise.rounded and not promise.coarse:
        return seen
    narrow = dtype_named(promise.narrowest) or seen.grid.stored
    least = max(seen.grid.ticks, finest_of(narrow))
    left = promise.rounded * step_of(narrow) + promise.ticks * least
    grid = Grid(seen.grid.stored, coarser(seen.grid.narrow, narrow), left, promise.coarse, least)
    whole = replace(seen.whole, precision=grid.step, finest=grid.finest, coarse=grid.coarse)
    return replace(seen, grid=grid, whole=whole)


def _all_finite(values: Tensor) -> bool:
    """Whether no value is NaN or infinite, by a sum that is finite only then; overflow alone makes it look twice."""
    if not values.is_floating_point():
        return True
    total = float(values.sum())
    return total - total == 0 or bool(torch.isfinite(values).all())


def _beyond_identity(seen: Look, added: Added, promise: Promise) -> Finding:
    """What a tensor says to which the identity was added: what is left without it is examined."""
    identity = torch.eye(*seen.values.shape, dtype=torch.float64)
    left = seen.values.double() - added.identity * identity
    others = replace(seen, values=left, whole=goodness.sample(left, seen.grid))
    found = examined(others, replace(promise, structure=None))
    clause = f"beyond {number(added.identity)} times the identity "
    certain = found.certain and replace(found.certain, sentence=f"{clause}{found.certain.sentence}")
    return replace(found, certain=certain, atoms=f"{clause}{found.atoms}")


def _exactly(seen: Look, wanted: Exactly, carried: float | None) -> Verdict:
    return exactly(seen.values, seen.grid, wanted, carried, seen.lamps, seen.where)


_WHERE = {"above": "above", "below": "below", "on": "on", "off": "beside"}


def _around(seen: Look, fixed: Fixed, promise: Promise) -> Finding:
    """What a tensor says in which one number stands in some places: the others are examined by themselves."""
    at = structure.places_of(seen.values.shape, fixed)
    wrong = int(seen.grid.unlike(seen.values[at], fixed.value).sum())
    diagonal = f"diagonal {number(fixed.diagonal)}" if fixed.diagonal else "the diagonal"
    where = f"{_WHERE[fixed.where]} {diagonal}"
    if wrong:
        sentence = f"{wrong:,} of {count(int(at.sum()), 'value')} {where} are other than {number(fixed.value)}"
        return Finding(None, None, Verdict("violates", sentence, None, seen.lamps))
    loose = seen.values[~at]
    stands = spelled(seen.values[at], fixed.value, seen.grid).text if at.any() else number(fixed.value)
    if not loose.numel():
        sentence = f"all {seen.values.numel():,} values are {stands}"
        return Finding(None, None, Verdict("consistent", sentence, None, seen.lamps))
    others = replace(seen, values=loose, whole=goodness.sample(loose, seen.grid), where=seen.where.only(~at))
    found = examined(others, simplified(replace(promise, structure=None)))
    clause = f"{stands}{',' if ',' in stands else ''} {where}; elsewhere "
    certain = found.certain and replace(found.certain, sentence=f"{clause}{found.certain.sentence}")
    return replace(found, certain=certain, atoms=f"{clause}{found.atoms}")


def _structural(seen: Look, promise: Promise) -> tuple[str, Tensor]:
    """What breaks the structure, "" where nothing does, and the values that chance decides."""
    values = seen.values
    match promise.structure:
        case Orthogonal(gain=gain):
            error = structure.orthogonality_error(values, gain)
            allowed = structure.orthogonality_tolerance(values, gain, seen.grid)
            product = "W Wᵀ" if values.shape[0] <= values[0].numel() else "Wᵀ W"
            far, most = apart(error, allowed, 2)
            shown = f"{product} is up to {far} away from {number(gain * gain)} · I, where rounding leaves {most}"
            return f"not orthogonal: {shown}" if error > allowed else "", values
        case ZerosInColumns(count=each):
            found = structure.zeros_in_columns(values)
            more, fewer = int((found - each).clamp(min=0).sum()), bool((found < each).any())
            if fewer or zeros.too_many(more, values, seen.grid, continuous(promise.distribution), _SURPLUS):
                shown = f"{int(found.min())} to {int(found.max())} zeros in a column"
                return f"{shown}, where each of the {found.numel():,} has exactly {each}", values
            return "", values
        case ZeroRow(row=row):
            bad = int((values[row] != 0).sum())
            others = torch.cat([values[:row], values[row + 1 :]])
            wrong = f"{seen.where.row(row)}, the padding, has {count(bad, 'value')} other than 0"
            return wrong if bad else "", others
        case Exactly() | Fixed() | Added() | None:
            return "", values
    assert_never(promise.structure)


def _impossible(seen: Look, loose: Tensor, promise: Promise) -> str:
    """The value, zero or repeat that the distribution cannot give; "" where there is none."""
    distribution, whole = promise.distribution, seen.whole
    if outside := bounds.outside(seen.values, loose, whole, distribution, seen.grid):
        return outside
    if not any(atom.value == 0 for atom in distribution.atoms) and whole.zeros:
        found = whole.zeros if loose is seen.values else int((loose == 0).sum())
        if zeros.too_many(found, loose, seen.grid, distribution, _CERTAIN):
            return (
                f"{found:,} of {count(loose.numel(), 'value')} are exactly 0, which this distribution hardly ever gives"
            )
    structured = promise.structure
    if isinstance(structured, Orthogonal) or not distribution.parts:
        return ""
    where = seen.where.leaving_out(structured.row) if isinstance(structured, ZeroRow) else seen.where
    again = repeats.repeat(loose, repeats.Draw(distribution, whole.precision, whole.finest), where)
    return f"{again}, which independent draws never do" if again else ""


def _orthogonal(seen: Look, wanted: Orthogonal) -> Verdict:
    values = seen.values
    error = structure.orthogonality_error(values, wanted.gain)
    allowed = structure.orthogonality_tolerance(values, wanted.gain, seen.grid)
    rms, near = sqrt(seen.whole.mean**2 + seen.whole.spread**2), f"orthogonal to {number(error, 2)}"
    if allowed > wanted.gain**2 / 2:
        hidden = f"where all singular values are {number(wanted.gain)}, rounding alone may leave {number(allowed, 2)}"
        return Verdict("cannot tell", f"{near}, but {hidden}: RMS {number(rms, 3)}", None, seen.lamps)
    shown = f"RMS {number(rms, 3)}, all singular values {number(wanted.gain)}"
    return Verdict("consistent", f"{near}, {number(allowed, 2)} allowed: {shown}", None, seen.lamps)


def _chance(
    seen: Look, loose: Tensor, promise: Promise
) -> tuple[tuple[Test, ...], str, Sample | None, Distribution | None]:
    """Tests of the atoms' shares and of the other values, a clause on the atoms, the others and their distribution."""
    distribution = promise.distribution
    loose, shares = atoms.without_strays(loose, promise, seen.grid)
    clauses, merged = [], 0.0
    coarse = promise.coarse + (atoms.moved_across(distribution, seen.grid) if distribution.atoms else 0.0)
    for atom in distribution.atoms:
        on, size = loose[~seen.grid.unlike(loose, atom.value)], loose.numel()
        hits, shown = on.numel(), atoms.as_found(on, atom.value, seen.grid)
        near = atoms.rounded_to(atom.value, distribution, seen.grid)
        merged = max(merged, near)
        if not isinstance(promise.structure, ZerosInColumns):  # there it is no matter of chance
            what = f"exactly {shown}"
            most = atom.probability + near + coarse
            probability = min(max(hits / size, atom.probability - coarse), most)
            shares.append(goodness.share_test(hits, size, probability, what))
        clauses.append(f"{hits / size:.1%} are {shown} against {atom.probability:.1%} expected; ")
    if not distribution.parts:
        return tuple(shares), "".join(clauses), None, None
    rest = loose
    if distribution.atoms:
        rest = loose[~seen.grid.is_atom(loose, distribution)]
        if not rest.numel() and loose.numel() * distribution.continuous_share < _NONE_EXPECTED:
            return tuple(shares), "".join(clauses), None, None
        clauses.append("of the others ")
    expected = continuous(distribution)
    if not rest.numel() or merged > _MERGED:
        return tuple(shares), "".join(clauses), None, expected
    sample = seen.whole if rest is seen.values else goodness.sample(rest, seen.grid)
    return (*shares, *goodness.tests(sample, expected)), "".join(clauses), sample, expected
