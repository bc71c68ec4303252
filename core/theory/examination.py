"""What a tensor's values say against a theory: what is certain, and the tests that leave something to chance.

A violation is certain: a value outside the support, a structure that does not hold.
"""

from dataclasses import dataclass
from math import inf, sqrt
from typing import assert_never

import torch
from torch import Tensor

from ..questions.theory import Verdict
from ..recipe.schemes.distribution import Distribution
from ..recipe.schemes.promise import Exactly, Orthogonal, Promise, ZeroRow, ZerosInColumns
from ..tensor.readable import viewable
from ..text import count, number
from . import goodness, structure
from .goodness import Sample, Test
from .probability import cdf, continuous, gaps, moments, support

#: An exact zero where none should be is certain below this probability.
_CERTAIN = 1e-9
#: Beside a number of zeros that is exact, one more is as good as certain below this one.
_SURPLUS = 1e-3


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


@dataclass(frozen=True)
class Look:
    """A tensor's values with what any theory asks of all of them, taken once.

    Attributes:
        values: real, dense and on the CPU; dtype: what they are kept as; whole: all of them as a sample; lamps: see
            `Verdict`.
    """

    values: Tensor
    dtype: torch.dtype
    whole: Sample
    lamps: tuple[str, ...]


def look(tensor: Tensor) -> Look | Verdict:
    """A look at a tensor, or the verdict of what cannot be looked at or is wrong by any theory."""
    values, note = viewable(tensor)
    if values is None or tensor.is_complex():
        return Verdict("cannot tell", note or "complex values are not compared with a theory")
    if not values.numel():
        return Verdict("cannot tell", "it is empty")
    if not _all_finite(values):
        strange = int((~torch.isfinite(values)).sum())
        verb = "is" if strange == 1 else "are"
        return Verdict("violates", f"{strange:,} of {count(values.numel(), 'value')} {verb} not finite")
    dtype = tensor.dtype if tensor.dtype.is_floating_point else torch.float64
    whole = goodness.sample(values, dtype)
    return Look(values, dtype, whole, structure.lamps(values, whole.zeros, whole.negative_zeros))


def examined(seen: Look | Verdict, promise: Promise) -> Finding:
    """What the values of a tensor say against its theory."""
    if isinstance(seen, Verdict):
        return Finding(None, None, seen)
    mean = moments(promise.distribution).mean
    measured = (seen.whole.mean, goodness.std_about(seen.whole, mean))
    if isinstance(promise.structure, Exactly):
        return Finding(*measured, _exactly(seen, promise.structure))
    broken, loose = _structural(seen, promise)
    broken = broken or _impossible(seen, loose, promise.distribution)
    if broken:
        return Finding(*measured, Verdict("violates", broken, None, seen.lamps))
    if isinstance(promise.structure, Orthogonal):
        return Finding(*measured, _orthogonal(seen, promise.structure))
    tests, clauses, tested, expected = _chance(seen, loose, promise)
    std = goodness.std_about(tested, moments(expected).mean) if tested and expected else 0.0
    size = tested.size if tested else 0 if expected else loose.numel()
    return Finding(*measured, None, tests, size, expected, clauses, std, seen.lamps)


def _all_finite(values: Tensor) -> bool:
    """Whether no value is NaN or infinite, by a sum that is finite only then; overflow alone makes it look twice."""
    if not values.is_floating_point():
        return True
    total = float(values.sum())
    return total - total == 0 or bool(torch.isfinite(values).all())


def _exactly(seen: Look, wanted: Exactly) -> Verdict:
    values, lit = seen.values, seen.lamps
    wrong = structure.differing(values, wanted, seen.dtype)
    bad = int(wrong.sum())
    what = {"constant": number(wanted.value), "eye": "the identity", "dirac": "a Dirac delta"}[wanted.kind]
    if not bad:
        sentence = f"all {values.numel():,} values are {what}" if values.numel() > 1 else f"the value is {what}"
        return Verdict("consistent", sentence if wanted.kind == "constant" else f"equal to {what}", None, lit)
    first = tuple(int(i) for i in wrong.nonzero()[0]) if values.dim() else ()
    where = f" at {list(first)}" if first else ""
    one = number(float(values[first]))
    sentence = f"{bad:,} of {count(values.numel(), 'value')} differ from {what}: the first{where} is {one}"
    return Verdict("violates", sentence, None, lit)


def _structural(seen: Look, promise: Promise) -> tuple[str, Tensor]:
    """What breaks the structure, "" where nothing does, and the values that chance decides."""
    values = seen.values
    match promise.structure:
        case Orthogonal(gain=gain):
            error = structure.orthogonality_error(values, gain)
            allowed = structure.orthogonality_tolerance(values, gain, seen.dtype)
            product = "W Wᵀ" if values.shape[0] <= values[0].numel() else "Wᵀ W"
            shown = f"{product} is up to {number(error, 2)} away from {number(gain**2)} · I, where rounding leaves"
            return (f"not orthogonal: {shown} {number(allowed, 2)}" if error > allowed else ""), values
        case ZerosInColumns(count=zeros):
            found = structure.zeros_in_columns(values)
            more, fewer = int((found - zeros).clamp(min=0).sum()), bool((found < zeros).any())
            if fewer or _too_many_zeros(more, seen, continuous(promise.distribution), _SURPLUS):
                shown = f"{int(found.min())} to {int(found.max())} zeros in a column"
                return f"{shown}, where each of the {found.numel():,} has exactly {zeros}", values
            return "", values
        case ZeroRow(row=row):
            bad = int((values[row] != 0).sum())
            others = torch.cat([values[:row], values[row + 1 :]])
            return (f"row {row}, the padding, has {count(bad, 'value')} other than 0" if bad else ""), others
        case Exactly() | None:
            return "", values
    assert_never(promise.structure)


def _impossible(seen: Look, loose: Tensor, distribution: Distribution) -> str:
    """The value, zero or row that the distribution cannot give; "" where there is none."""
    values, whole, values_in_all = seen.values, seen.whole, count(seen.values.numel(), "value")
    low, high = support(distribution)
    slack = 2 * whole.precision * max((abs(edge) for edge in (low, high) if abs(edge) < inf), default=0.0)
    if whole.low < low - slack or whole.high > high + slack:
        outside = int(((values < low - slack) | (values > high + slack)).sum())
        farthest = whole.high if whole.high - high > low - whole.low else whole.low
        bounds = f"±{number(high)}" if low == -high else f"{number(low)} to {number(high)}"
        return f"{outside:,} of {values_in_all} outside {bounds}, the farthest {number(farthest)}"
    if not distribution.parts and (others := int((~_is_atom(loose, distribution, seen.dtype)).sum())):
        return f"{others:,} of {values_in_all} are other than {distribution.label}"
    for first, last in gaps(distribution):
        between = (loose > first + slack) & (loose < last - slack)
        between &= ~_is_atom(loose, distribution, seen.dtype)
        if between.any():
            one = number(float(loose[between].flatten()[0]))
            inside = f"between {number(first)} and {number(last)}, such as {one}"
            return f"{int(between.sum()):,} of {values_in_all} {inside}"
    if not any(atom.value == 0 for atom in distribution.atoms) and whole.zeros:
        zeros = whole.zeros if loose is values else int((loose == 0).sum())
        if _too_many_zeros(zeros, seen, distribution, _CERTAIN):
            return (
                f"{zeros:,} of {count(loose.numel(), 'value')} are exactly 0, which this distribution hardly ever gives"
            )
    # Rows of atoms alone repeat by chance: only values that are never drawn twice tell.
    continuous = distribution.parts and not distribution.atoms
    repeated = structure.equal_rows(loose) if continuous and loose.dim() > 1 else 0
    if repeated and loose[0].numel() * torch.finfo(seen.dtype).bits >= 128:
        return f"{repeated:,} of {loose.shape[0]:,} rows repeat another bit for bit, which independent draws never do"
    return ""


def _is_atom(values: Tensor, distribution: Distribution, dtype: torch.dtype) -> Tensor:
    """Which values are an atom, bool of their shape."""
    found = torch.zeros(values.shape, dtype=torch.bool)
    for atom in distribution.atoms:
        found |= _equal(values, atom.value, dtype)
    return found


def _equal(values: Tensor, value: float, dtype: torch.dtype) -> Tensor:
    """Which values are that number as `dtype` rounds it, bool of their shape."""
    return values == torch.full((), value, dtype=torch.float64).to(dtype).to(values.dtype)


def _too_many_zeros(zeros: int, seen: Look, distribution: Distribution, certain: float) -> bool:
    """Whether more values are zero than a generator of that precision explains: one in 2^24, say, and what rounds."""
    from scipy import special

    whole = seen.whole
    rate = whole.precision / 2 + float(cdf(distribution, whole.finest) - cdf(distribution, -whole.finest))
    return zeros > 0 and float(special.pdtrc(zeros - 1, whole.size * min(1.0, rate))) < certain


def _orthogonal(seen: Look, wanted: Orthogonal) -> Verdict:
    values = seen.values
    error = structure.orthogonality_error(values, wanted.gain)
    longest = max(values.shape[0], values[0].numel())
    shown = f"RMS {number(wanted.gain / sqrt(longest), 3)}, all singular values {number(wanted.gain)}"
    allowed = number(structure.orthogonality_tolerance(values, wanted.gain, seen.dtype), 2)
    return Verdict("consistent", f"orthogonal to {number(error, 2)}, {allowed} allowed: {shown}", None, seen.lamps)


def _chance(
    seen: Look, loose: Tensor, promise: Promise
) -> tuple[tuple[Test, ...], str, Sample | None, Distribution | None]:
    """Tests of the atoms' shares and of the other values, a clause on the atoms, the others and their distribution."""
    distribution = promise.distribution
    shares, clauses = [], []
    for atom in distribution.atoms:
        hits = int(_equal(loose, atom.value, seen.dtype).sum())
        if not isinstance(promise.structure, ZerosInColumns):  # there it is no matter of chance
            what = f"exactly {number(atom.value)}"
            shares.append(goodness.share_test(hits, loose.numel(), atom.probability, what))
        clauses.append(f"{hits / loose.numel():.1%} are {number(atom.value)} against {atom.probability:.1%} expected; ")
    if not distribution.parts:
        return tuple(shares), "".join(clauses), None, None
    rest = loose
    if distribution.atoms:
        rest = loose[~_is_atom(loose, distribution, seen.dtype)]
        clauses.append("of the others ")
    expected = continuous(distribution)
    if not rest.numel():
        return tuple(shares), "".join(clauses), None, expected
    sample = seen.whole if rest is seen.values else goodness.sample(rest, seen.dtype)
    return (*shares, *goodness.tests(sample, expected)), "".join(clauses), sample, expected
