"""What a tensor's values should be, without torch: the distribution of one, what they fulfill together, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import Literal

from .distribution import Distribution

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Exactly:
    """All values are known: a constant, the identity, or a Dirac delta in each of `groups`, both times `scale`."""

    kind: Literal["constant", "eye", "dirac"]
    value: float = 0.0
    groups: int = 1
    scale: float = 1.0


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


@dataclass(frozen=True)
class Fixed:
    """One number stands in some places of each matrix (the last two axes); the distribution is that of the others.

    Attributes:
        where: *above* a diagonal, *below* it, *on* it, or *off* it; diagonal: which one, as torch counts them.
        value: the number.
    """

    where: Literal["above", "below", "on", "off"]
    diagonal: int = 0
    value: float = 0.0


@dataclass(frozen=True)
class Added:
    """The identity times a number was added to independent values, of which the distribution is."""

    identity: float


Structure = Exactly | Orthogonal | ZerosInColumns | ZeroRow | Fixed | Added


@dataclass(frozen=True)
class Promise:
    """What a tensor's values should be.

    Attributes:
        distribution: of a single value; structure: what they fulfill together, None where they are independent.
        algebra: how the distribution's numbers come about, a line each.
        narrowest: the narrowest dtype through which the values went, as torch calls it (`bfloat16`), "" where that is
            the tensor's own: values drawn in it and then converted lie on its coarser grid.
        rounded: the sum of the magnitudes at which arithmetic has rounded the values since they were written, 0 where
            there was none: it leaves up to so much times one unit in the last place of 1, as `w += 1000; w -= 1000`;
            ticks: by how many of a dtype's smallest steps they may be off beside that, as numbers next to zero are.
        carried: what that arithmetic leaves of a constant, or of an identity's number, in the dtype in which it was
            carried out; None where that is not known.
        coarse: how far any share may be from the distribution's, since it was drawn through that of a uniform number
            that is one of few: 2^-24 where those have single precision.
        strays: values beside the distribution, each of which that coarseness may give with such a probability.
    """

    distribution: Distribution
    algebra: tuple[str, ...] = ()
    structure: Structure | None = None
    narrowest: str = ""
    rounded: float = 0.0
    ticks: float = 0.0
    carried: float | None = None
    coarse: float = 0.0
    strays: tuple[float, ...] = ()

    def with_lines(self, *lines: str) -> "Promise":
        """The same with more lines of algebra."""
        return replace(self, algebra=(*self.algebra, *lines))


def simplified(promise: Promise) -> Promise:
    """The promise; where its distribution has one value only, as with a gain of 0, its structure is that constant."""
    atoms = promise.distribution.atoms
    if promise.distribution.parts or len(atoms) != 1 or isinstance(promise.structure, Exactly):
        return promise
    return replace(promise, structure=Exactly("constant", atoms[0].value))


def fan_in_and_fan_out(shape: Shape) -> tuple[int, int]:
    """Fan-in and fan-out as `torch.nn.init._calculate_fan_in_and_fan_out` computes them from a shape.

    Raises:
        ValueError: the shape has fewer than two axes.
    """
    if len(shape) < 2:
        raise ValueError(f"a tensor of shape {shape} has no fan-in and fan-out; they need two axes or more")
    field = prod(shape[2:])
    return shape[1] * field, shape[0] * field


def fan_lines(shape: Shape) -> tuple[str, str]:
    """The arithmetic of torch's fans with the real numbers."""
    fan_in, fan_out = fan_in_and_fan_out(shape)
    if len(shape) == 2:
        return f"fan_in = size(1) = {fan_in}", f"fan_out = size(0) = {fan_out}"
    field = _product(shape[2:])
    axes = _product(f"size({axis})" for axis in range(2, len(shape)))
    return (
        f"fan_in = size(1) · {axes} = {shape[1]} · {field} = {fan_in}",
        f"fan_out = size(0) · {axes} = {shape[0]} · {field} = {fan_out}",
    )


def _product(factors: Iterable[object]) -> str:
    return " · ".join(map(str, factors))
