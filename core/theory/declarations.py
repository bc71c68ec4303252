"""The theory of a declaration: what a tensor should be of which a person said so."""

from ..recipe.expectations import Drawn, Kept, Mixture, Share, Single, Spec
from ..text import number
from . import distributions
from .distributions import Atom, Distribution
from .schemes import Shape, Theory, certain, theory


def theory_of(spec: Spec, shape: Shape) -> Theory:
    """What a declaration promises of a tensor of that shape; `default()` and `anything()` promise nothing by shape.

    Raises:
        ValueError: a scheme does not fit the shape, or `kept` cannot cut the distribution.
    """
    if isinstance(spec, Drawn):
        return theory(spec.scheme, dict(spec.options), shape)
    lines: list[str] = []
    return certain(Theory(_distribution(spec, shape, lines), tuple(lines)))


def _distribution(spec: Spec, shape: Shape, lines: list[str]) -> Distribution:
    match spec:
        case Drawn():
            found = theory_of(spec, shape)
            lines.extend(found.algebra)
            return found.distribution
        case Single(value=value, probability=probability):
            if probability != 1:
                raise ValueError(f"atom({number(value)}, {number(probability)}) alone leaves a share open; use mixture")
            return distributions.constant(value)
        case Kept(spec=inner, at_least=at_least):
            cut = distributions.kept(_distribution(inner, shape, lines), at_least)
            gone = sum(atom.probability for atom in cut.atoms if atom.value == 0)
            lines.append(f"P(w = 0) = P(|w| < {number(at_least)}) = {number(gone)}")
            lines.append(f"std = {number(distributions.moments(cut).std, 6)}")
            return cut
        case Mixture(components=components):
            return _mixed(components, shape, lines)
    raise ValueError("default() and anything() cannot be part of a mixture or be cut; name a distribution")


def _mixed(components: tuple[Single | Share, ...], shape: Shape, lines: list[str]) -> Distribution:
    left = 1 - sum(component.probability or 0 for component in components)
    open_shares = [component for component in components if component.probability is None]
    shares = []
    for component in components:
        share = left / len(open_shares) if component.probability is None else component.probability
        inner: Distribution
        if isinstance(component, Single):
            inner = Distribution(number(component.value), atoms=(Atom(component.value, 1.0),))
        else:
            inner = _distribution(component.spec, shape, lines)
        shares.append((share, inner))
    mixed = distributions.mixture(*shares)
    lines.append(
        f"mean = {number(distributions.moments(mixed).mean)}, std = {number(distributions.moments(mixed).std)}"
    )
    return mixed
