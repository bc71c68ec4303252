"""What a declaration promises: what a tensor should be because a person said so."""

from typing import assert_never

from ..recipe.expectations import Anything, ByScheme, Default, Kept, Mixture, Share, Single, Spec
from ..recipe.schemes.distribution import Distribution, constant, mixed
from ..recipe.schemes.promise import Promise, Shape, simplified
from ..recipe.schemes.table import promise_of
from ..text import number
from .probability import cut_below, moments


def promise_declared(spec: Spec, shape: Shape) -> Promise:
    """What a declaration promises of a tensor of that shape; `default()` and `anything()` promise nothing by shape.

    Raises:
        ValueError: a scheme does not fit the shape, or `kept` cannot cut the distribution.
    """
    if isinstance(spec, ByScheme):
        return promise_of(spec.scheme, dict(spec.options), shape)
    lines: list[str] = []
    return simplified(Promise(_distribution(spec, shape, lines), tuple(lines)))


def _distribution(spec: Spec, shape: Shape, lines: list[str]) -> Distribution:
    """The distribution of a declaration; its algebra is added to `lines`."""
    match spec:
        case ByScheme():
            promise = promise_declared(spec, shape)
            lines.extend(promise.algebra)
            return promise.distribution
        case Single(value=value, probability=probability):
            if probability != 1:
                raise ValueError(f"atom({number(value)}, {number(probability)}) alone leaves a share open; use mixture")
            return constant(value)
        case Kept(spec=inner, at_least=at_least):
            cut = cut_below(_distribution(inner, shape, lines), at_least)
            gone = sum(atom.probability for atom in cut.atoms if atom.value == 0)
            lines.append(f"P(w = 0) = P(|w| < {number(at_least)}) = {number(gone)}")
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
    left = 1 - sum(component.probability or 0 for component in components)
    undecided = sum(component.probability is None for component in components)
    shares = []
    for component in components:
        share = left / undecided if component.probability is None else component.probability
        if isinstance(component, Single):
            inner = constant(component.value)
        else:
            inner = _distribution(component.spec, shape, lines)
        shares.append((share, inner))
    return shares
