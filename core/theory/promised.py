"""What one call promises of the tensor that it draws or fills, by its name and what it was given."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from math import isfinite, prod

from ..questions.story import Plain, Story
from ..recipe.schemes.distribution import constant, normal, uniform
from ..recipe.schemes.promise import Exactly, Promise, Shape, simplified
from ..recipe.schemes.scheme import Scheme
from ..recipe.schemes.table import SCHEMES


def promised(write: Story, shape: Shape) -> Promise | None:
    """What an init function or an operation of torch's promises of a tensor of that shape."""
    if write.kind not in ("drawn", "filled") or not prod(shape):
        return None
    with suppress(ValueError, ZeroDivisionError, OverflowError, TypeError, KeyError):
        scheme = _SCHEME_OF.get("eye_" if write.function == "eye" else write.function)
        if scheme is not None:
            promise = by_scheme(scheme, write.arguments, shape)
            return promise if all(isfinite(atom.value) for atom in promise.distribution.atoms) else None
        rule = _OPERATIONS.get(write.function.rstrip("_"))
        return None if rule is None else simplified(rule(_Given(write.arguments)))
    return None


def by_scheme(scheme: Scheme, arguments: Mapping[str, Plain], shape: Shape) -> Promise:
    """What a scheme promises with these arguments, also those that no recipe would take."""
    options = {option.name: arguments.get(option.name, option.default) for option in scheme.options}
    return simplified(scheme.promise(shape, **options))


_SCHEME_OF = {scheme.function: scheme for scheme in SCHEMES.values() if not scheme.torch_name}


class _Given:
    """Numbers that an operation was given, by name."""

    def __init__(self, arguments: Mapping[str, Plain]) -> None:
        self._arguments = arguments

    def number(self, *names: str, default: float | None = None) -> float:
        """The first of these that there is; raises KeyError where there is none."""
        for name in names:
            value = self._arguments.get(name)
            if value is None and name in self._arguments:
                raise KeyError(name)  # a tensor, which is no single number
            if isinstance(value, int | float):
                return float(value)
        if default is None:
            raise KeyError(names[0])
        return default


def _constant(value: float) -> Promise:
    if not isfinite(value):
        raise ValueError("what is not finite fulfills no theory, and breaks none")
    return Promise(constant(value), (), Exactly("constant", value))


def _uniform(low: float, high: float) -> Promise:
    return Promise(uniform(low, high), (f"std = (b - a) / sqrt(12) = {(high - low) / 12**0.5:.4g}",))


_OPERATIONS: dict[str, Callable[[_Given], Promise]] = {
    "normal": lambda given: Promise(normal(given.number("mean", default=0.0), given.number("std", default=1.0))),
    "randn": lambda _: Promise(normal(0.0, 1.0)),
    "randn_like": lambda _: Promise(normal(0.0, 1.0)),
    "uniform": lambda given: _uniform(given.number("a", default=0.0), given.number("b", default=1.0)),
    "rand": lambda _: _uniform(0.0, 1.0),
    "rand_like": lambda _: _uniform(0.0, 1.0),
    "fill": lambda given: _constant(given.number("value")),
    "zero": lambda _: _constant(0.0),
    "zeros": lambda _: _constant(0.0),
    "zeros_like": lambda _: _constant(0.0),
    "new_zeros": lambda _: _constant(0.0),
    "ones": lambda _: _constant(1.0),
    "ones_like": lambda _: _constant(1.0),
    "new_ones": lambda _: _constant(1.0),
    "constant_pad_nd": lambda given: _constant(given.number("value")),
    "full": lambda given: _constant(given.number("fill_value")),
    "full_like": lambda given: _constant(given.number("fill_value")),
    "new_full": lambda given: _constant(given.number("fill_value")),
}
