"""What each scheme of `torch.nn.init` makes of a tensor of a given shape: distribution, structure, and the algebra."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil, erf, exp, pi, prod, sqrt
from typing import Literal

from ..recipe.schemes import Value, resolve_options
from ..text import number
from .distributions import (
    Atom,
    Distribution,
    constant,
    mixture,
    normal,
    sphere_coordinate,
    truncated_normal,
    uniform,
)

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Exactly:
    """All values are known: a constant, the identity, or a Dirac delta in each of `groups`."""

    kind: Literal["constant", "eye", "dirac"]
    value: float = 0.0
    groups: int = 1


@dataclass(frozen=True)
class Orthogonal:
    """W Wᵀ = gain² I, or Wᵀ W where there are more rows than columns, axes after the first flattened."""

    gain: float


@dataclass(frozen=True)
class ZerosInColumns:
    """Exactly so many zeros in each column."""

    count: int


@dataclass(frozen=True)
class ZeroRow:
    """One row is zero, as an embedding's `padding_idx`; the distribution is that of the others."""

    row: int


Structure = Exactly | Orthogonal | ZerosInColumns | ZeroRow


@dataclass(frozen=True)
class Theory:
    """What a tensor's values should be.

    Attributes:
        distribution: of a single value; structure: what they fulfill together, None where they are independent.
        algebra: how the distribution's numbers come about, a line each.
    """

    distribution: Distribution
    algebra: tuple[str, ...] = ()
    structure: Structure | None = None


def fan_in_and_fan_out(shape: Shape) -> tuple[int, int]:
    """Fan-in and fan-out as `torch.nn.init._calculate_fan_in_and_fan_out` computes them from a shape.

    Raises:
        ValueError: the shape has fewer than two axes.
    """
    if len(shape) < 2:
        raise ValueError(f"a tensor of shape {shape} has no fan-in and fan-out; they need two axes or more")
    field = prod(shape[2:])
    return shape[1] * field, shape[0] * field


def gain_of(nonlinearity: str, slope: float = 0.01) -> float:
    """`torch.nn.init.calculate_gain`: the factor that makes up for what a nonlinearity takes from the std."""
    gains = {"tanh": 5 / 3, "relu": sqrt(2), "leaky_relu": sqrt(2 / (1 + slope**2)), "selu": 3 / 4}
    return gains.get(nonlinearity, 1.0)


def theory(scheme: str, options: Mapping[str, Value], shape: Shape) -> Theory:
    """What `scheme` with `options` makes of a tensor of that shape.

    Raises:
        ValueError: the scheme or an option is unknown, or the scheme needs another number of axes.
    """
    return _theory(scheme, tuple(resolve_options(scheme, options).items()), shape)


@lru_cache(maxsize=4096)
def _theory(scheme: str, options: tuple[tuple[str, Value], ...], shape: Shape) -> Theory:
    return certain(_THEORIES[scheme](shape, **dict(options)))


def certain(found: Theory) -> Theory:
    """The theory, its structure *exactly* one value where its distribution has no other, as with a gain of 0."""
    atoms = found.distribution.atoms
    if found.distribution.parts or len(atoms) != 1 or isinstance(found.structure, Exactly):
        return found
    return replace(found, structure=Exactly("constant", atoms[0].value))


def _xavier_uniform(shape: Shape, gain: float) -> Theory:
    (fan_in, fan_out), g = _fans(shape), number(gain)
    bound = gain * sqrt(6 / (fan_in + fan_out))
    shown = f"{g} · sqrt(6 / ({fan_in} + {fan_out})) = {number(bound)}"
    return _uniform(shape, bound, f"bound = gain · sqrt(6 / (fan_in + fan_out)) = {shown}")


def _xavier_normal(shape: Shape, gain: float) -> Theory:
    (fan_in, fan_out), g = _fans(shape), number(gain)
    std = gain * sqrt(2 / (fan_in + fan_out))
    shown = f"{g} · sqrt(2 / ({fan_in} + {fan_out})) = {number(std)}"
    return _normal(shape, std, f"std = gain · sqrt(2 / (fan_in + fan_out)) = {shown}")


def _kaiming_uniform(shape: Shape, a: float, mode: str, nonlinearity: str) -> Theory:
    gain, line, fan = _kaiming(shape, a, mode, nonlinearity)
    bound = gain * sqrt(3 / fan)
    shown = f"{number(gain)} · sqrt(3 / {fan}) = {number(bound)}"
    return _uniform(shape, bound, line, f"bound = gain · sqrt(3 / {mode}) = {shown}")


def _kaiming_normal(shape: Shape, a: float, mode: str, nonlinearity: str) -> Theory:
    gain, line, fan = _kaiming(shape, a, mode, nonlinearity)
    std = gain / sqrt(fan)
    shown = f"{number(gain)} / sqrt({fan}) = {number(std)}"
    return _normal(shape, std, line, f"std = gain / sqrt({mode}) = {shown}")


def _kaiming(shape: Shape, a: float, mode: str, nonlinearity: str) -> tuple[float, str, int]:
    gain, fan = gain_of(nonlinearity, a), _fans(shape)[mode == "fan_out"]
    line = f"gain = {number(gain)} for {nonlinearity}"
    if nonlinearity == "leaky_relu":
        line = f"gain = sqrt(2 / (1 + a²)) = sqrt(2 / (1 + {number(a)}²)) = {number(gain)}"
    return gain, line, fan


def _fans(shape: Shape) -> tuple[int, int]:
    fans = fan_in_and_fan_out(shape)
    if 0 in fans:
        raise ValueError(f"a tensor of shape {shape} has a fan of 0; it needs an element for a scale")
    return fans


def fan_lines(shape: Shape) -> tuple[str, str]:
    """The arithmetic of torch's fans with the real numbers."""
    fan_in, fan_out = fan_in_and_fan_out(shape)
    if len(shape) == 2:
        return f"fan_in = size(1) = {fan_in}", f"fan_out = size(0) = {fan_out}"
    field = " · ".join(map(str, shape[2:]))
    axes = " · ".join(f"size({axis})" for axis in range(2, len(shape)))
    return (
        f"fan_in = size(1) · {axes} = {shape[1]} · {field} = {fan_in}",
        f"fan_out = size(0) · {axes} = {shape[0]} · {field} = {fan_out}",
    )


def _uniform(shape: Shape, bound: float, *lines: str) -> Theory:
    std = f"std = bound / sqrt(3) = {number(bound)} / sqrt(3) = {number(bound / sqrt(3))}"
    return Theory(uniform(-bound, bound), (*fan_lines(shape), *lines, std))


def _normal(shape: Shape, std: float, *lines: str) -> Theory:
    return Theory(normal(0.0, std), (*fan_lines(shape), *lines))


def _plain_normal(_shape: Shape, mean: float, std: float) -> Theory:
    return Theory(normal(mean, std), (f"variance = std² = {number(std)}² = {number(std**2)}",))


def _plain_uniform(_shape: Shape, a: float, b: float) -> Theory:
    line = f"std = (b - a) / sqrt(12) = ({number(b)} - {number(a)}) / sqrt(12) = {number((b - a) / sqrt(12))}"
    return Theory(uniform(a, b), (f"mean = (a + b) / 2 = {number((a + b) / 2)}", line))


def _trunc_normal(_shape: Shape, mean: float, std: float, a: float, b: float) -> Theory:
    """Moments as in Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 1, section 13.10.1."""
    distribution = truncated_normal(mean, std, a, b)
    low, high = (a - mean) / std, (b - mean) / std
    inside = (erf(high / sqrt(2)) - erf(low / sqrt(2))) / 2
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
        shown = f"{number(std)} · {number(sqrt(max(0.0, factor)))} = {number(std * sqrt(max(0.0, factor)))}"
        lines.append(f"std = std · sqrt(1 + (α·φ(α) - β·φ(β)) / Z - ((φ(α) - φ(β)) / Z)²) = {shown}")
    return Theory(distribution, tuple(lines))


def _orthogonal(shape: Shape, gain: float) -> Theory:
    if len(shape) < 2:
        raise ValueError(f"orthogonal needs two axes or more, but the shape is {shape}")
    rows, columns = shape[0], prod(shape[1:])
    longest = max(rows, columns)
    if not longest or not min(rows, columns):
        raise ValueError(f"a tensor of shape {shape} has no elements; orthogonal needs some")
    product = "W Wᵀ" if rows <= columns else "Wᵀ W"
    g, size = number(gain), min(rows, columns)
    lines = (
        f"{product} = gain² · I = {number(gain**2)} · I, {size} × {size}: all singular values are {g}",
        f"RMS = gain / sqrt(max(rows, columns)) = {g} / sqrt({longest}) = {number(gain / sqrt(longest))}, not random",
    )
    own = replace(sphere_coordinate(gain, longest), label=f"orthogonal, gain {g}")
    return Theory(own, lines, Orthogonal(gain))


def _sparse(shape: Shape, sparsity: float, std: float) -> Theory:
    if len(shape) != 2:
        raise ValueError(f"sparse needs two axes, but the shape is {shape}")
    rows, zeros = shape[0], ceil(sparsity * shape[0])
    share = zeros / rows if rows else 0.0
    count = f"zeros a column = ceil(sparsity · rows) = ceil({number(sparsity)} · {rows}) = {zeros}"
    total = f"std of all = std · sqrt(1 - {zeros} / {rows}) = {number(std * sqrt(1 - share))}"
    if share == 1 or std == 0:
        return Theory(constant(0.0), (count,), Exactly("constant", 0.0))
    own = normal(0.0, std)
    distribution = mixture((share, constant(0.0)), (1 - share, own)) if zeros else own
    return Theory(distribution, (count, total), ZerosInColumns(zeros))


def _constant(_shape: Shape, val: float) -> Theory:
    return Theory(constant(val), (f"every value is {number(val)}",), Exactly("constant", val))


def _eye(shape: Shape) -> Theory:
    if len(shape) != 2:
        raise ValueError(f"eye needs two axes, but the shape is {shape}")
    return _indicator(shape, min(shape), "ones on the diagonal", Exactly("eye"))


def _dirac(shape: Shape, groups: int) -> Theory:
    if len(shape) not in (3, 4, 5):
        raise ValueError(f"dirac needs three to five axes, but the shape is {shape}")
    if shape[0] % groups:
        raise ValueError(f"dirac needs groups that divide the {shape[0]} output channels, but groups is {groups}")
    ones = groups * min(shape[0] // groups, shape[1])
    what = f"ones = groups · min(out / groups, size(1)) = {groups} · min({shape[0] // groups}, {shape[1]})"
    return _indicator(shape, ones, what, Exactly("dirac", groups=groups))


def _indicator(shape: Shape, ones: int, what: str, structure: Exactly) -> Theory:
    size = prod(shape)
    share = ones / size if size else 0.0
    atoms = tuple(Atom(value, p) for value, p in ((0.0, 1 - share), (1.0, share)) if p > 0)
    lines = (f"{what} = {ones}" if "=" in what else f"{ones} {what}", f"mean = {ones} / {size} = {number(share)}")
    return Theory(Distribution({"eye": "identity"}.get(structure.kind, "Dirac delta"), atoms=atoms), lines, structure)


_THEORIES: dict[str, Callable[..., Theory]] = {
    "xavier_uniform": _xavier_uniform,
    "xavier_normal": _xavier_normal,
    "kaiming_uniform": _kaiming_uniform,
    "kaiming_normal": _kaiming_normal,
    "normal": _plain_normal,
    "trunc_normal": _trunc_normal,
    "uniform": _plain_uniform,
    "orthogonal": _orthogonal,
    "sparse": _sparse,
    "constant": _constant,
    "zeros": lambda shape: _constant(shape, 0.0),
    "ones": lambda shape: _constant(shape, 1.0),
    "eye": _eye,
    "dirac": _dirac,
}
