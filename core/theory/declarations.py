"""What a declaration promises: what a tensor should be because a person said so."""

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from ..recipe.declared_numbers import Term
from ..recipe.declared_sizes import Sizes
from ..recipe.expectations import Anything, ByScheme, Default, Kept, Mixture, Share, Single, Spec, settled
from ..recipe.schemes.distribution import Distribution, constant, mixed
from ..recipe.schemes.promise import Promise, Shape, simplified
from ..recipe.schemes.table import promise_of
from ..text import number
from .probability import cut_below, moments


def promise_declared(spec: Spec, shape: Shape) -> Promise:
    """What a declaration promises of a tensor of that shape; `default()` and `anything()` promise nothing by shape.

    Terms in it get their numbers from that shape; those of a part (`Expectations.parts`) have theirs already.

    Raises:
        ValueError: a scheme does not fit the shape, a term has no number for it, or `kept` cannot cut the distribution.
    """
    promise = _promised(settled(spec, Sizes(shape)), shape)
    lines = tuple(_term_lines(spec, Sizes(shape)))
    return replace(promise, algebra=(*lines, *promise.algebra)) if lines else promise


def _term_lines(spec: Spec, sizes: Sizes) -> Iterator[str]:
    """How the numbers that wait for the shape come about, `std = 1 / sqrt(fan_in) = 0.125`."""
    if isinstance(spec, ByScheme):
        for name, value in spec.options:
            if isinstance(value, Term):
                yield f"{name} = {value} = {number(value.at(sizes))}"


def _promised(spec: Spec, shape: Shape) -> Promise:
    """What a declaration without terms promises."""
    if isinstance(spec, ByScheme):
        options = {name: value for name, value in spec.options if not isinstance(value, Term)}
        return promise_of(spec.scheme, options, shape)
    lines: list[str] = []
    return simplified(Promise(_distribution(spec, shape, lines), tuple(lines)))


def _distribution(spec: Spec, shape: Shape, lines: list[str]) -> Distribution:
    """The distribution of a declaration; its algebra is added to `lines`."""
    match spec:
        case ByScheme():
            promise = _promised(spec, shape)
            lines.extend(promise.algebra)
            return promise.distribution
        case Single(value=value, probability=probability):
            if probability != 1:
                written = f"atom({number(float(value))}, {number(float(probability))})"
                raise ValueError(f"{written} alone leaves a share open; use mixture")
            return constant(float(value))
        case Kept(spec=inner, at_least=at_least):
            least = float(at_least)
            cut = cut_below(_distribution(inner, shape, lines), least)
            gone = sum(atom.probability for atom in cut.atoms if atom.value == 0)
            lines.append(f"P(w = 0) = P(|w| < {number(least)}) = {number(gone)}")
            lines.append(f"std = {number(moments(cut).std, 6)}")
            return cut
        case Mixture(components=components):
            mixture = mixed(*_shares(components, shape, lines))
            lines.append(f"mean = {number(moments(mixture).mean)}, std = {number(moments(mixture).std)}")
            return mixture
        case Default() | Anything():
            raise ValueError("default() and anything() cannot be part of a mixture or be cut; name a distribution")
    assert_never(spec)


def _shares(components: tuple[Single | Share, ...], shape: Shape, lines: list[str]) -> list[tuple[float, Distribution]]:
    """Each component's probability and distribution; those without a probability divide evenly what is left."""
    left = 1 - sum(float(component.probability or 0) for component in components)
    undecided = sum(component.probability is None for component in components)
    shares = []
    for component in components:
        share = left / undecided if component.probability is None else float(component.probability)
        if isinstance(component, Single):
            inner = constant(float(component.value))
        else:
            inner = _distribution(component.spec, shape, lines)
        shares.append((share, inner))
    return shares
