"""What a tensor's values should be, beside what they are."""

from dataclasses import dataclass

from core.measurements.arrays import Float64s


@dataclass(frozen=True, slots=True)
class Curve:
    """A distribution as it is drawn over a histogram.

    Attributes:
        x: (n,), increasing; density: (n,), at each x, per unit of x. Empty where the distribution has atoms only.
        atoms: (value, probability) of each single value that has one.
        label: the distribution in a few characters, such as `U(−0.7071, 0.7071)`.
    """

    x: Float64s
    density: Float64s
    atoms: tuple[tuple[float, float], ...]
    label: str
