"""The verdict on tensors against their theory: violates, inconsistent, cannot tell, consistent.

What is not certain is a matter of chance. Each tensor's tests share its part of one false-alarm probability for the
whole model (weighted Bonferroni within a tensor, Holm across tensors, valid however they depend on each other), and
only an effect large enough to name counts.
"""

from collections.abc import Sequence

from torch import Tensor

from ..questions.theory import Verdict, VerdictKind
from ..recipe.schemes.promise import Promise
from ..text import count, number
from . import power
from .examination import Finding, examined, look
from .probability import moments

#: Probability that a model whose tensors are all as they should be has any that is called inconsistent.
FALSE_ALARM = 0.003
#: Values that can each be one of a few numbers only: fewer than this say nothing about the shares of those numbers.
_ENOUGH_FOR_SHARES = 100


def verdict(tensor: Tensor, promise: Promise) -> Verdict:
    """The verdict on one tensor by itself."""
    return judged([examined(look(tensor), promise)])[0]


def judged(findings: Sequence[Finding], draws: int = 1) -> list[Verdict]:
    """The verdict on each of a model's distinct tensors; `draws`: seeds checked in all, each of which has to pass."""
    open_ones = [finding for finding in findings if finding.certain is None and finding.tests]
    raw = [min(1.0, draws * _weight(f) * min(test.p / test.weight for test in f.tests)) for f in open_ones]
    adjusted = dict(zip(map(id, open_ones), _holm(raw), strict=True))
    return [_verdict_of(finding, adjusted.get(id(finding), 1.0), draws * len(open_ones)) for finding in findings]


def _holm(ps: Sequence[float]) -> list[float]:
    """Holm's (1979) adjusted p-values, each to be compared with the error probability of the whole family."""
    adjusted, highest = [0.0] * len(ps), 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[index]))
        adjusted[index] = highest
    return adjusted


def _verdict_of(finding: Finding, p: float, tensors: int) -> Verdict:
    if finding.certain is not None:
        return finding.certain
    expected, worst = finding.expected, min(finding.tests, key=lambda test: test.p / test.weight, default=None)
    if worst is not None and p <= FALSE_ALARM:
        adjusted = f", adjusted for {tensors} tests of tensors" if tensors > 1 else ""
        return Verdict("inconsistent", f"{worst.sentence}; p {_p(p)}{adjusted}", p, finding.lamps)
    if worst is None or expected is None or finding.size < 2:
        sentence = finding.atoms.removesuffix("of the others ") or f"{count(finding.size, 'value')} can tell nothing"
        enough = expected is None and finding.size >= _ENOUGH_FOR_SHARES
        return Verdict("consistent" if enough else "cannot tell", sentence.removesuffix("; "), p, finding.lamps)
    level = FALSE_ALARM / tensors / _weight(finding)
    about = moments(expected)
    low, high = power.std_band(expected, finding.size, level * power.scale_weights(expected)[0])
    low, high = max(0.0, low - finding.grain), high + finding.grain
    sentence = (
        f"{finding.atoms}std about {number(about.mean, 3)} is {number(finding.tested_std, 3)} against "
        f"{number(about.std, 3)} expected; with "
        f"{count(finding.size, 'value')} anything from {number(low, 3)} to {number(high, 3)} would pass"
    )
    kind: VerdictKind = (
        "consistent" if power.tells_scale(expected, finding.size, level, finding.grain) else "cannot tell"
    )
    return Verdict(kind, sentence, p, (*finding.lamps, *_on_the_others(low, high, tensors)))


def _on_the_others(low: float, high: float, tensors: int) -> tuple[str, ...]:
    """Why an interval depends on how many tensors are judged; nothing where it is one alone."""
    if tensors == 1:
        return ()
    return (
        f"the {tensors} tests of tensors made here share a probability of {100 * FALSE_ALARM:g} % that chance alone "
        f"raises an alarm, {100 * FALSE_ALARM / tensors:.2g} % each: with another tensor to test, {number(low, 3)} to "
        f"{number(high, 3)} gets a little wider, with one fewer a little narrower",
    )


def _weight(finding: Finding) -> float:
    return sum(test.weight for test in finding.tests)


def _p(p: float) -> str:
    return f"= {p:.1g}" if p >= 1e-12 else "< 1e-12"
