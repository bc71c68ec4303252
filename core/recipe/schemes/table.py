"""Every scheme by name, and what follows from a scheme and its options: checked options, its call, its promise.

A new scheme is one entry in a file of `core/recipe/schemes`; the others read it from here. Nothing imports torch, so
that a page can list schemes without it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from ...text import short
from . import by_fan, by_matrix, by_numbers, exact
from .promise import Promise, Shape, simplified
from .scheme import Option, Scheme, Value

#: Every scheme by name, in the order a person meets them.
SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme for scheme in (*by_fan.FAMILY, *by_numbers.FAMILY, *by_matrix.FAMILY, *exact.FAMILY)
}


def resolve_options(scheme: str, given: Mapping[str, Value]) -> dict[str, Value]:
    """Complete, checked options of a scheme in its own order, torch's defaults filled in.

    Raises:
        ValueError: unknown scheme or option, a value of the wrong type, out of bounds or not among the choices, or
            options that do not fit together.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"there is no scheme {short(scheme)}; choose one of {', '.join(SCHEMES)}")
    options = SCHEMES[scheme].options
    unknown = set(given) - {option.name for option in options}
    if unknown:
        takes = ", ".join(option.name for option in options) or "no options"
        raise ValueError(f"{scheme} has no option {short(min(unknown))}; it takes {takes}")
    resolved = {option.name: _valid(scheme, option, given.get(option.name, option.default)) for option in options}
    conflict = SCHEMES[scheme].conflict(**resolved)
    if conflict:
        raise ValueError(conflict)
    return resolved


def _valid(scheme: str, option: Option, value: Value) -> Value:
    what = f"option {option.name} of {scheme}"
    if option.choices:
        if value not in option.choices:
            raise ValueError(f"{what} is {short(value)}; choose one of {', '.join(option.choices)}")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{what} is {short(value)}; it needs a number")
    if isinstance(option.default, int) and not isinstance(value, int):
        raise ValueError(f"{what} is {short(value)}; it needs a whole number")
    low, high = option.low, option.high
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        raise ValueError(f"{what} is {short(value)}; it must lie between {low:g} and {high:g}")
    return value if isinstance(option.default, int) else float(value) + 0.0  # -0.0 equals 0.0 but is other text


def call_code(name: str, options: Sequence[tuple[str, Value]], target: str) -> str:
    """The call of a scheme, `nn.init.normal_(w, std=0.02)` say, without the options that are torch's defaults."""
    scheme = SCHEMES[name]
    implied = {option.name: option.default for option in scheme.options if not option.required}
    given = [(key, value) for key, value in options if key not in implied or value != implied[key]]
    arguments = "".join(f", {key}={value!r}" for key, value in (*given, *scheme.fixed))
    return f"nn.init.{scheme.function}({target}{arguments})"


def promise_of(scheme: str, options: Mapping[str, Value], shape: Shape) -> Promise:
    """What `scheme` with `options` makes of a tensor of that shape.

    Raises:
        ValueError: the scheme or an option is unknown, or the scheme does not fit the shape.
    """
    return _promise_of(scheme, tuple(resolve_options(scheme, options).items()), shape)


@lru_cache(maxsize=4096)
def _promise_of(scheme: str, options: tuple[tuple[str, Value], ...], shape: Shape) -> Promise:
    return simplified(SCHEMES[scheme].promise(shape, **dict(options)))
