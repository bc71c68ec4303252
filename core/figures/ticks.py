"""Where an axis has its labels: at round numbers, few enough to be read."""

import math

Tick = tuple[float, str]


def round_ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[Tick]:
    """At most so many multiples of 1, 2 or 5 times a power of ten from `low` to `high`, with their labels.

    Args:
        low, high: finite ends, the smaller first.
        most: how many at most, at least 2.
        whole: multiples of whole numbers only.
    """
    rough = high / most - low / most  # the difference itself may be beyond the largest number
    if rough <= 4 * math.ulp(max(abs(low), abs(high))):  # hardly any number lies between the ends
        return [(low, _label(low))]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((power * factor for factor in (1, 2, 5) if power * factor >= rough), power * 10)
    step = max(step, 1.0) if whole else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(index * step, _label(index * step)) for index in range(first, last + 1)]


def count_ticks(top: float, most: int, *, log: bool) -> list[Tick]:
    """Labels of an axis of counts from 0 (or, with `log`, from below 1) to `top`: whole numbers or powers of ten."""
    if not log:
        return [(value, _count(value)) for value, _ in round_ticks(0.0, top, most, whole=True)]
    powers = range(math.floor(math.log10(max(top, 1.0))) + 1)
    every = -(-len(powers) // most)
    return [(10.0**power, _count(10.0**power)) for power in powers[::every]]


def _label(value: float) -> str:
    return f"{value:.12g}".replace("-", "−")


def _count(value: float) -> str:
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / (1e3 if letter == 'k' else limit):g}{letter}"
    return f"{value:,.0f}"
