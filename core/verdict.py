"""The verdict on tensors against their theory: violates, inconsistent, cannot tell, consistent.

A violation is certain: a value outside the support, a structure that does not hold. All else is a matter of chance.
Each tensor's tests share its part of one false-alarm probability for the whole model (Bonferroni within a tensor, Holm
across tensors, valid however they depend on each other), and only an effect large enough to name counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import torch
from torch import Tensor

from core import goodness, structure
from core.distributions import Distribution, cdf, continuous, gaps, moments, support
from core.goodness import Sample, Test
from core.measurements import Verdict, VerdictKind
from core.text import count, number
from core.theory import Exactly, Orthogonal, Theory, ZeroRow, ZerosInColumns
from core.viewing import viewable

#: Probability that a model whose tensors are all as they should be has any that is called inconsistent.
FALSE_ALARM = 0.005
#: An exact zero where none should be is certain below this probability.
_CERTAIN = 1e-9


@dataclass(frozen=True)
class Finding:
    """What a tensor's values say against its theory, before the number of tensors is considered.

    Attributes:
        mean, std: of all values, std about the expected mean; None without finite values.
        certain: a verdict that no chance enters; None where `tests` and `expected` are to be judged.
        size: values tested, those that are not atoms; expected: their distribution.
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


def verdict(tensor: Tensor, theory: Theory) -> Verdict:
    """The verdict on one tensor by itself."""
    return judged([examined(tensor, theory)])[0]


def examined(tensor: Tensor, theory: Theory) -> Finding:
    """What the values of a tensor say against its theory."""
    values, note = viewable(tensor)
    if values is None or tensor.is_complex():
        return Finding(None, None, Verdict("cannot tell", note or "complex values are not compared with a theory"))
    if not values.numel():
        return Finding(None, None, Verdict("cannot tell", "it is empty"))
    dtype = tensor.dtype if tensor.dtype.is_floating_point else torch.float64
    whole = goodness.sample(values, dtype) if _all_finite(values) else None
    if whole is None:
        strange = int((~torch.isfinite(values)).sum())
        sentence = f"{count(strange, 'value')} of {values.numel():,} {'is' if strange == 1 else 'are'} not finite"
        return Finding(None, None, Verdict("violates", sentence))
    mean = moments(theory.distribution).mean
    measured = (whole.mean, goodness.std_about(whole, mean))
    lit = structure.lamps(values, whole.zeros, whole.negative_zeros)
    if isinstance(theory.structure, Exactly):
        return Finding(*measured, _exactly(values, theory.structure, dtype, lit), lamps=lit)
    broken, loose = _structural(values, theory, dtype)
    sentence = broken or _impossible(values, loose, whole, theory, dtype)
    if sentence:
        return Finding(*measured, Verdict("violates", sentence, lamps=lit), lamps=lit)
    if isinstance(theory.structure, Orthogonal):
        return Finding(*measured, _orthogonal(values, theory.structure, lit, dtype), lamps=lit)
    tests, clauses, tested, expected = _chance(values, loose, whole, theory.distribution, dtype)
    std = goodness.std_about(tested, moments(expected).mean) if tested and expected else 0.0
    size = tested.size if tested else 0
    return Finding(*measured, None, tests, size, expected, clauses, std, lit)


def _all_finite(values: Tensor) -> bool:
    """Whether no value is NaN or infinite, by a sum that is finite only then; overflow alone makes it look twice."""
    if not values.is_floating_point():
        return True
    total = float(values.sum())
    return total - total == 0 or bool(torch.isfinite(values).all())


def judged(findings: Sequence[Finding]) -> list[Verdict]:
    """The verdict on each of a model's distinct tensors."""
    open_ones = [finding for finding in findings if finding.certain is None and finding.tests]
    raw = [min(1.0, len(f.tests) * min(test.p for test in f.tests)) for f in open_ones]
    adjusted = dict(zip(map(id, open_ones), _holm(raw), strict=True))
    share = FALSE_ALARM / max(1, len(open_ones))
    return [_judged(finding, adjusted.get(id(finding), 1.0), share) for finding in findings]


def _holm(ps: Sequence[float]) -> list[float]:
    """Holm's (1979) adjusted p-values, each to be compared with the error probability of the whole family."""
    adjusted, highest = [0.0] * len(ps), 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[index]))
        adjusted[index] = highest
    return adjusted


def _judged(finding: Finding, p: float, share: float) -> Verdict:
    if finding.certain is not None:
        return finding.certain
    expected = finding.expected
    if expected is None or not finding.tests:
        sentence = finding.atoms or f"{count(finding.size, 'value')} can tell nothing"
        return Verdict("cannot tell", sentence, None, finding.lamps)
    level = share / len(finding.tests)
    worst = min(finding.tests, key=lambda test: test.p)
    if p <= FALSE_ALARM:
        return Verdict("inconsistent", f"{worst.sentence}; p = {_p(p)} for the whole model", p, finding.lamps)
    std = moments(expected).std
    low, high = goodness.std_band(expected, finding.size, level)
    sentence = (
        f"{finding.atoms}std {number(finding.tested_std, 3)} against {number(std, 3)} expected; with "
        f"{count(finding.size, 'value')} anything from {number(low, 3)} to {number(high, 3)} would pass"
    )
    kind: VerdictKind = "consistent" if goodness.tells_scale(expected, finding.size, level) else "cannot tell"
    return Verdict(kind, sentence, p, finding.lamps)


def _p(p: float) -> str:
    return f"{p:.1g}" if p >= 1e-12 else "0 to twelve digits"


def _exactly(values: Tensor, wanted: Exactly, dtype: torch.dtype, lit: tuple[str, ...]) -> Verdict:
    wrong = structure.differing(values, wanted, dtype)
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


def _structural(values: Tensor, theory: Theory, dtype: torch.dtype) -> tuple[str, Tensor]:
    """What breaks the structure, "" where nothing does, and the values that chance decides."""
    match theory.structure:
        case Orthogonal(gain=gain):
            error = structure.orthogonality_error(values, gain)
            allowed = structure.orthogonality_tolerance(values, gain, dtype)
            product = "W Wᵀ" if values.shape[0] <= values[0].numel() else "Wᵀ W"
            shown = f"{product} is up to {number(error, 2)} away from {number(gain**2)} · I, where rounding leaves"
            return (f"not orthogonal: {shown} {number(allowed, 2)}" if error > allowed else ""), values
        case ZerosInColumns(count=zeros):
            found = structure.zeros_in_columns(values)
            wrong = int((found != zeros).sum())
            shown = f"{int(found.min())} to {int(found.max())} zeros in a column" if wrong else ""
            return (f"{shown}, where each of the {found.numel():,} has exactly {zeros}" if wrong else ""), values
        case ZeroRow(row=row):
            bad = int((values[row] != 0).sum())
            others = torch.cat([values[:row], values[row + 1 :]])
            return (f"row {row}, the padding, has {count(bad, 'value')} other than 0" if bad else ""), others
    return "", values


def _impossible(values: Tensor, loose: Tensor, whole: Sample, theory: Theory, dtype: torch.dtype) -> str:
    """The value or zero that the distribution cannot give; "" where there is none."""
    distribution, values_in_all = theory.distribution, count(values.numel(), "value")
    low, high = support(distribution)
    slack = 2 * whole.precision * max((abs(edge) for edge in (low, high) if abs(edge) < inf), default=0.0)
    if whole.low < low - slack or whole.high > high + slack:
        outside = int(((values < low - slack) | (values > high + slack)).sum())
        farthest = whole.high if whole.high - high > low - whole.low else whole.low
        bounds = f"±{number(high)}" if low == -high else f"{number(low)} to {number(high)}"
        return f"{outside:,} of {values_in_all} outside {bounds}, the farthest {number(farthest)}"
    for first, last in gaps(distribution):
        between = (loose > first + slack) & (loose < last - slack)
        for atom in distribution.atoms:
            between &= loose != atom.value
        if between.any():
            one = number(float(loose[between].flatten()[0]))
            inside = f"between {number(first)} and {number(last)}, such as {one}"
            return f"{int(between.sum()):,} of {values_in_all} {inside}"
    if not any(atom.value == 0 for atom in distribution.atoms) and whole.zeros:
        zeros = whole.zeros if loose is values else int((loose == 0).sum())
        if _too_many_zeros(zeros, loose.numel(), whole, distribution):
            return (
                f"{zeros:,} of {count(loose.numel(), 'value')} are exactly 0, which this distribution hardly ever gives"
            )
    repeated = structure.equal_rows(loose) if distribution.parts and loose.dim() > 1 else 0
    if repeated and loose[0].numel() * torch.finfo(dtype).bits >= 128:
        return f"{repeated:,} of {loose.shape[0]:,} rows repeat another bit for bit, which independent draws never do"
    return ""


def _too_many_zeros(zeros: int, size: int, whole: Sample, distribution: Distribution) -> bool:
    """Whether more values round to zero than a generator of that precision can explain."""
    from scipy import special

    rate = whole.precision + float(cdf(distribution, whole.finest) - cdf(distribution, -whole.finest))
    return zeros > 1 and float(special.pdtrc(zeros - 1, size * min(1.0, rate))) < _CERTAIN


def _orthogonal(values: Tensor, wanted: Orthogonal, lit: tuple[str, ...], dtype: torch.dtype) -> Verdict:
    error = structure.orthogonality_error(values, wanted.gain)
    longest = max(values.shape[0], values[0].numel())
    shown = f"RMS {number(wanted.gain / sqrt(longest), 3)}, all singular values {number(wanted.gain)}"
    allowed = number(structure.orthogonality_tolerance(values, wanted.gain, dtype), 2)
    return Verdict("consistent", f"orthogonal to {number(error, 2)}, {allowed} allowed: {shown}", None, lit)


def _chance(
    values: Tensor, loose: Tensor, whole: Sample, distribution: Distribution, dtype: torch.dtype
) -> tuple[tuple[Test, ...], str, Sample | None, Distribution | None]:
    """Tests of the atoms' shares and of the other values, a clause on the atoms, the others and their distribution."""
    shares, clauses = [], []
    for atom in distribution.atoms:
        hits = whole.zeros if atom.value == 0 and loose is values else int((loose == atom.value).sum())
        shares.append(goodness.share_test(hits, loose.numel(), atom.probability, f"exactly {number(atom.value)}"))
        clauses.append(f"{hits / loose.numel():.1%} are {number(atom.value)} against {atom.probability:.1%} expected; ")
    if not distribution.parts:
        return tuple(shares), "".join(clauses).removesuffix("; "), None, None
    rest = loose
    if distribution.atoms:
        is_atom = torch.zeros(loose.shape, dtype=torch.bool)
        for atom in distribution.atoms:
            is_atom |= loose == atom.value
        rest = loose[~is_atom]
        clauses.append("of the others ")
    expected = continuous(distribution)
    if not rest.numel():
        return tuple(shares), "".join(clauses), None, expected
    sample = whole if rest is values else goodness.sample(rest, dtype)
    return (*shares, *goodness.tests(sample, expected)), "".join(clauses), sample, expected
