"""Schemes whose distribution is given by numbers: normal, truncated normal, uniform."""

from math import erf, exp, inf, pi, sqrt

from ...text import number
from .distribution import normal, truncated_normal, uniform
from .promise import Promise, Shape
from .scheme import Scheme, number_option

#: Below this share of accepted draws, `trunc_normal_` redraws for minutes or for ever.
_FEWEST_ACCEPTED = 1e-3


def _normal(_shape: Shape, mean: float, std: float) -> Promise:
    return Promise(normal(mean, std), (f"variance = std² = {number(std)}² = {number(std**2)}",))


def _uniform(_shape: Shape, a: float, b: float) -> Promise:
    line = f"std = (b - a) / sqrt(12) = ({number(b)} - {number(a)}) / sqrt(12) = {number((b - a) / sqrt(12))}"
    return Promise(uniform(a, b), (f"mean = (a + b) / 2 = {number((a + b) / 2)}", line))


def _share_inside(low: float, high: float) -> float:
    """Probability that a standard normal lies between two numbers."""
    return (erf(high / sqrt(2)) - erf(low / sqrt(2))) / 2


def _trunc_normal(_shape: Shape, mean: float, std: float, a: float, b: float) -> Promise:
    """Moments as in Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 1, section 13.10.1."""
    low, high = (a - mean) / std, (b - mean) / std
    inside = _share_inside(low, high)
    lines = [
        f"α = (a - mean) / std = {number(low)}, β = (b - mean) / std = {number(high)}",
        f"Z = Φ(β) - Φ(α) = {number(inside)}: the share of draws that is not drawn again",
    ]
    cut = max(abs(low), abs(high))
    if low <= -6 and high >= 6:
        lines.append(f"the bounds are absolute and lie {number(min(-low, high))} std out: nothing is truncated")
    elif cut < 40 and inside > 1e-12:
        peak = [exp(-(edge**2) / 2) / sqrt(2 * pi) for edge in (low, high)]
        factor = 1 + (low * peak[0] - high * peak[1]) / inside - ((peak[0] - peak[1]) / inside) ** 2
        numbers = f"{number(std)} · {number(sqrt(max(0.0, factor)))} = {number(std * sqrt(max(0.0, factor)))}"
        lines.append(f"std = std · sqrt(1 + (α·φ(α) - β·φ(β)) / Z - ((φ(α) - φ(β)) / Z)²) = {numbers}")
    return Promise(truncated_normal(mean, std, a, b), tuple(lines))


def _disorder(scheme: str, a: float, b: float) -> str:
    return "" if a < b else f"{scheme} needs a below b, but a is {a} and b is {b}; exchange them"


def _uniform_conflict(a: float, b: float) -> str:
    return _disorder("uniform", a, b)


def _trunc_normal_conflict(mean: float, std: float, a: float, b: float) -> str:
    """Bounds that hardly any draw would meet: torch redraws until every value lies between them.

    Where at most 0.3 of the distribution lies between the bounds, torch draws from U(a, b) and accepts by density
    relative to its peak there; the mean acceptance is at most Mills' ratio times std / (b - a).
    """
    if not a < b:
        return _disorder("trunc_normal", a, b)
    inside = _share_inside((a - mean) / std, (b - mean) / std)
    outside = max(a - mean, mean - b, 0.0) / std
    accepted = min(sqrt(pi / 2), 1 / outside if outside else inf) * std / (b - a)
    if inside > 0.3 or accepted >= _FEWEST_ACCEPTED:
        return ""
    return (
        f"trunc_normal would redraw nearly every value: mean {mean:g} lies {outside:g} std outside {a:g} to {b:g}; "
        "move mean between the bounds, or bring std and their distance closer"
    )


FAMILY = (
    Scheme(
        "normal",
        "Normal",
        r"W \sim N(\text{mean}, \text{std}^2)",
        "torch.nn.init.normal_",
        "A std chosen by hand. std 0.01 is a variance of 0.0001, not of 1.",
        _normal,
        (
            number_option("mean", 0.0, "Center of the distribution."),
            number_option("std", 1.0, "Standard deviation.", low=0.0),
        ),
        usual=tuple({"std": std} for std in (1.0, 0.02, 0.01, 0.001)),
    ),
    Scheme(
        "trunc_normal",
        "Truncated normal",
        r"W \sim N(\text{mean}, \text{std}^2),\quad \text{redrawn until in}\ [a, b]",
        "torch.nn.init.trunc_normal_",
        "Transformers without outliers. The bounds are absolute: with std 0.02 the default ±2 cuts nothing.",
        _trunc_normal,
        (
            number_option("mean", 0.0, "Center before truncation."),
            number_option("std", 1.0, "Standard deviation before truncation.", low=1e-9),
            number_option("a", -2.0, "Smallest value."),
            number_option("b", 2.0, "Largest value."),
        ),
        conflict=_trunc_normal_conflict,
        usual=({}, {"std": 0.02}, {"std": 0.02, "a": -0.04, "b": 0.04}),
    ),
    Scheme(
        "uniform",
        "Uniform",
        r"W \sim U(a, b)",
        "torch.nn.init.uniform_",
        "Bounds chosen by hand.",
        _uniform,
        (
            number_option("a", 0.0, "Smallest value."),
            number_option("b", 1.0, "Largest value, excluded."),
        ),
        conflict=_uniform_conflict,
        usual=tuple({"a": low, "b": high} for low, high in ((0.0, 1.0), (-1.0, 1.0), (-0.1, 0.1), (-0.05, 0.05))),
    ),
)
