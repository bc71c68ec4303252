"""What a custom initialization can mean to be: declarations, and the words that make them.

The words are the schemes with their options, and `atom`, `share`, `mixture`, `kept`, `default` and
`anything`; `core.recipe.expects` reads them from text, `core.theory.declarations` says what they promise.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..text import number
from .schemes.scheme import Value
from .schemes.table import SCHEMES, resolve_options


@dataclass(frozen=True)
class ByScheme:
    """As a scheme draws it: its name and all its options."""

    scheme: str
    options: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Single:
    """One value with a probability: a component of a mixture."""

    value: float
    probability: float


@dataclass(frozen=True)
class Share:
    """A component of a mixture and its probability, None for an equal part of what the others leave."""

    probability: float | None
    spec: "Spec"


@dataclass(frozen=True)
class Mixture:
    """Each value comes from one of the components."""

    components: tuple[Single | Share, ...]


@dataclass(frozen=True)
class Kept:
    """What is smaller in magnitude than `at_least` has become zero."""

    spec: "Spec"
    at_least: float


@dataclass(frozen=True)
class Default:
    """What PyTorch's module does when it is built."""


@dataclass(frozen=True)
class Anything:
    """No claim at all."""


Spec = ByScheme | Single | Mixture | Kept | Default | Anything


@dataclass(frozen=True)
class Expectations:
    """Name patterns, as a shell's, each with what the tensors of such names should be; the first that fits counts."""

    patterns: tuple[tuple[str, Spec], ...]

    def of(self, name: str) -> Spec | None:
        """What is expected of the tensor of that qualified name; None where nothing is said of it."""
        return next((spec for pattern, spec in self.patterns if _fits(name, pattern)), None)

    def is_named(self, name: str) -> bool:
        """Whether what is expected of that tensor stands under a pattern that says more than `*`."""
        return next((pattern for pattern, _ in self.patterns if _fits(name, pattern)), "*") != "*"


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(f".{name}", pattern)  # `*.weight` is the root's weight too


def _scheme_word(scheme: str) -> Callable[..., ByScheme]:
    options = [option.name for option in SCHEMES[scheme].options]

    def word(*values: Value, **named: Value) -> ByScheme:
        if len(values) > len(options):
            raise ValueError(f"{scheme} takes {', '.join(options) or 'no options'}, but {len(values)} values are given")
        given = dict(zip(options, values, strict=False))
        twice = given.keys() & named.keys()
        if twice:
            raise ValueError(f"{scheme} is given {min(twice)} twice; give it once")
        return ByScheme(scheme, tuple(resolve_options(scheme, {**given, **named}).items()))

    word.__name__ = scheme
    word.__doc__ = f"Values as the scheme {SCHEMES[scheme].title} draws them, with its options in their order."
    return word


def atom(value: float, probability: float = 1.0) -> Single:
    """One value with that probability: a component of `mixture`."""
    return Single(real(value, "value of atom"), _probability(probability))


def share(probability: float, spec: Spec) -> Share:
    """A component of `mixture` with that probability."""
    return Share(_probability(probability), as_spec(spec))


def mixture(*components: Spec | Share) -> Mixture:
    """Each value comes from one of the components; those without `share` or `atom` divide what is left evenly.

    Raises:
        ValueError: the probabilities add up to more than 1, or to less with nothing left to fill them up.
    """
    parts = tuple(part if isinstance(part, Single | Share) else Share(None, as_spec(part)) for part in components)
    total = sum(part.probability or 0 for part in parts)
    free = any(part.probability is None for part in parts)
    if not parts or total > 1 + 1e-9 or (not free and total < 1 - 1e-9):
        raise ValueError(f"the probabilities of the mixture add up to {number(total)}; they must make 1")
    if free and total > 1 - 1e-9:
        raise ValueError("the atoms and shares of the mixture add up to 1 and leave nothing for the others")
    return Mixture(parts)


def kept(spec: Spec, at_least: float) -> Kept:
    """What `w *= abs(w) >= at_least` leaves: smaller values become zero."""
    if real(at_least, "at_least of kept") <= 0:
        raise ValueError(f"kept needs an at_least above 0, but it is {number(at_least)}")
    return Kept(as_spec(spec), float(at_least))


def default() -> Default:
    """What PyTorch's own module does when it is built."""
    return Default()


def anything() -> Anything:
    """No claim: such tensors are not checked."""
    return Anything()


def as_spec(value: object) -> Spec:
    """The value itself where it is a declaration; raises ValueError where not."""
    if isinstance(value, ByScheme | Single | Mixture | Kept | Default | Anything):
        return value
    raise ValueError(f"a distribution such as normal(0, 0.02) is needed where {str(value)[:40]!r} stands")


def _probability(value: object) -> float:
    probability = real(value, "a probability")
    if not 0 < probability <= 1:
        raise ValueError(f"a probability lies above 0 and is at most 1, but it is {number(probability)}")
    return probability


def real(value: object, what: str) -> float:
    """A finite number; raises ValueError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{what} must be a number, not {str(value)[:40]!r}")
    return float(value)


#: Every word of the little language by its name, for code that really runs.
WORDS: dict[str, Callable[..., Any]] = {
    **{scheme: _scheme_word(scheme) for scheme in SCHEMES},
    **{word.__name__: word for word in (atom, share, mixture, kept, default, anything)},
}
