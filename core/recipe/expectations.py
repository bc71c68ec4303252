"""What a custom initialization can mean to be: declarations, and the words that make them.

The words are the schemes with their options, and `atom`, `share`, `mixture`, `kept`, `default` and
`anything`; `core.recipe.expects` reads them from text, `core.theory.declarations` says what they promise.
A number in them may be a term, which is known with the tensor's shape.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, assert_never

from ..text import number
from .declared_numbers import Term, is_open, real, resolved
from .declared_parts import Slices
from .declared_sizes import Sizes
from .schemes.promise import Shape
from .schemes.scheme import Value
from .schemes.table import SCHEMES, resolve_options
from .slices import Box


@dataclass(frozen=True)
class ByScheme:
    """As a scheme draws it: its name and all its options."""

    scheme: str
    options: tuple[tuple[str, Value | Term], ...]


@dataclass(frozen=True)
class Single:
    """One value with a probability: a component of a mixture."""

    value: float | Term
    probability: float | Term


@dataclass(frozen=True)
class Share:
    """A component of a mixture and its probability, None for an equal part of what the others leave."""

    probability: float | Term | None
    spec: "Spec"


@dataclass(frozen=True)
class Mixture:
    """Each value comes from one of the components."""

    components: tuple[Single | Share, ...]


@dataclass(frozen=True)
class Kept:
    """What is smaller in magnitude than `at_least` has become zero."""

    spec: "Spec"
    at_least: float | Term


@dataclass(frozen=True)
class Default:
    """What PyTorch's module does when it is built."""


@dataclass(frozen=True)
class Anything:
    """No claim at all."""


Spec = ByScheme | Single | Mixture | Kept | Default | Anything


@dataclass(frozen=True)
class Claim:
    """One line of a declaration.

    Attributes:
        written: the pattern as it is written, a shell's, with the part behind it.
        pattern: of the names that it is about; part: of their tensors, None for the whole.
        line: of the text that declares it, None where that is not known.
    """

    written: str
    spec: Spec
    pattern: str
    part: Slices | None = None
    line: int | None = field(default=None, compare=False)

    def is_about(self, name: str) -> bool:
        """Whether it says something of the whole tensor of that name."""
        if self.part is None:
            return _fits(name, self.pattern)
        return not _fits(name, self.pattern) and _fits(name, self.written)  # `*.l[12]` is a shell's set of letters too

    def is_about_part(self, name: str) -> bool:
        """Whether it says something of a part of the tensor of that name."""
        return self.part is not None and _fits(name, self.pattern)


@dataclass(frozen=True)
class Part:
    """What is expected of a part of a tensor of known shape.

    Attributes:
        box: its elements; shape: as torch sees the part, `w[0]` without the first axis.
        spec: its numbers are no terms any more; line: as of `Claim`.
    """

    box: Box
    shape: Shape
    spec: Spec
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Expectations:
    """A declaration.

    Of whole tensors the first claim that fits counts, or of those after it one of narrower names, as `*.bias` is
    narrower than `*`; parts are laid over it, later ones last. A tied tensor fits by each of its names.
    """

    claims: tuple[Claim, ...]

    def of(self, *names: str) -> Spec | None:
        """What is expected of the whole tensor of those qualified names; None where nothing is said of it."""
        claim = self.claim(*names)
        return None if claim is None else claim.spec

    def claim(self, *names: str) -> Claim | None:
        """What counts of the whole tensor of those names."""
        found: Claim | None = None
        for claim in self.claims:
            if any(map(claim.is_about, names)) and (found is None or _is_narrower(claim.pattern, found.pattern)):
                found = claim
        return found

    def is_named(self, *names: str) -> bool:
        """Whether what is expected of that tensor stands under a pattern that says more than `*`."""
        claim = self.claim(*names)
        return claim is not None and claim.pattern != "*"

    def parts(self, name: str, shape: Shape, *others: str) -> tuple[Part, ...]:
        """What is expected of parts of that tensor, in the order in which they are laid over each other.

        `others` are what else it is called.

        Raises:
            ValueError: a part is not inside a tensor of that shape, or a number has no value for it.
        """
        names = name, *others
        return tuple(part_of(claim, shape) for claim in self.claims if any(map(claim.is_about_part, names)))


def part_of(claim: Claim, shape: Shape) -> Part:
    """The claim's part of a tensor of that shape; raises ValueError as `Expectations.parts` does."""
    if claim.part is None:
        return Part(Box.whole(shape), shape, settled(claim.spec, Sizes(shape)), claim.line)
    taken = claim.part.at(shape)
    return Part(taken.box, taken.shape, settled(claim.spec, taken.sizes), claim.line)


def settled(spec: Spec, sizes: Sizes) -> Spec:
    """The declaration with numbers for terms.

    Raises:
        ValueError: a term has no number, or one that the word does not take.
    """
    match spec:
        case ByScheme(scheme=scheme, options=options):
            return _by_scheme(scheme, {name: resolved(value, sizes) for name, value in options})
        case Single(value=value, probability=probability):
            return atom(resolved(value, sizes), resolved(probability, sizes))
        case Kept(spec=inner, at_least=at_least):
            return kept(settled(inner, sizes), resolved(at_least, sizes))
        case Mixture(components=components):
            return mixture(*(_settled_component(component, sizes) for component in components))
        case Default() | Anything():
            return spec
    assert_never(spec)


def _settled_component(component: Single | Share, sizes: Sizes) -> Spec | Share:
    if isinstance(component, Single):
        return settled(component, sizes)
    inner = settled(component.spec, sizes)
    return inner if component.probability is None else share(resolved(component.probability, sizes), inner)


def _is_narrower(pattern: str, other: str) -> bool:
    """Whether all names that fit a pattern fit the other too, as the patterns tell, and not the other way round."""
    return _fits(pattern, other) and not _fits(other, pattern)


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(f".{name}", pattern)  # `*.weight` is the root's weight too


def _by_scheme(scheme: str, given: dict[str, Any]) -> ByScheme:
    """A scheme with its options; those that wait for a shape are checked there, and so is what they have in common."""
    waiting = {name: value for name, value in given.items() if is_open(value)}
    if not waiting:
        return ByScheme(scheme, tuple(resolve_options(scheme, given).items()))
    options = SCHEMES[scheme].options
    unknown = given.keys() - {each.name for each in options}
    resolve_options(scheme, dict.fromkeys(unknown, 1.0))  # which says what the scheme takes
    return ByScheme(scheme, tuple((each.name, given.get(each.name, each.default)) for each in options))


def _scheme_word(scheme: str) -> Callable[..., ByScheme]:
    options = [option.name for option in SCHEMES[scheme].options]

    def word(*values: Value | Term, **named: Value | Term) -> ByScheme:
        if len(values) > len(options):
            raise ValueError(f"{scheme} takes {', '.join(options) or 'no options'}, but {len(values)} values are given")
        given = dict(zip(options, values, strict=False))
        twice = given.keys() & named.keys()
        if twice:
            raise ValueError(f"{scheme} is given {min(twice)} twice; give it once")
        return _by_scheme(scheme, {**given, **named})

    word.__name__ = scheme
    word.__doc__ = f"Values as the scheme {SCHEMES[scheme].title} draws them, with its options in their order."
    return word


def atom(value: float | Term, probability: float | Term = 1.0) -> Single:
    """One value with that probability: a component of `mixture`."""
    return Single(_real(value, "value of atom"), _probability(probability))


def share(probability: float | Term, spec: Spec) -> Share:
    """A component of `mixture` with that probability."""
    return Share(_probability(probability), as_spec(spec))


def mixture(*components: Spec | Share) -> Mixture:
    """Each value comes from one of the components; those without `share` or `atom` divide what is left evenly.

    Raises:
        ValueError: the probabilities add up to more than 1, or to less with nothing left to fill them up.
    """
    parts = tuple(part if isinstance(part, Single | Share) else Share(None, as_spec(part)) for part in components)
    if any(is_open(part.probability) for part in parts):
        return Mixture(parts)  # checked once the shape is known
    total = sum(float(part.probability or 0) for part in parts)
    free = any(part.probability is None for part in parts)
    if not parts or total > 1 + 1e-9 or (not free and total < 1 - 1e-9):
        raise ValueError(f"the probabilities of the mixture add up to {number(total)}; they must make 1")
    if free and total > 1 - 1e-9:
        raise ValueError("the atoms and shares of the mixture add up to 1 and leave nothing for the others")
    return Mixture(parts)


def kept(spec: Spec, at_least: float | Term) -> Kept:
    """What `w *= abs(w) >= at_least` leaves: smaller values become zero."""
    cut = _real(at_least, "at_least of kept")
    if not isinstance(cut, Term) and cut <= 0:
        raise ValueError(f"kept needs an at_least above 0, but it is {number(cut)}")
    return Kept(as_spec(spec), cut)


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


def _probability(value: object) -> float | Term:
    probability = _real(value, "a probability")
    if not isinstance(probability, Term) and not 0 < probability <= 1:
        raise ValueError(f"a probability lies above 0 and is at most 1, but it is {number(probability)}")
    return probability


def _real(value: object, what: str) -> float | Term:
    """A finite number, or a term, which will be one; raises ValueError where it is neither."""
    return value if isinstance(value, Term) else float(real(value, what))


#: Every word of the little language by its name, for code that really runs.
WORDS: dict[str, Callable[..., Any]] = {
    **{scheme: _scheme_word(scheme) for scheme in SCHEMES},
    **{word.__name__: word for word in (atom, share, mixture, kept, default, anything)},
}
