"""Questions about what the later moment's values should be."""

from dataclasses import dataclass

from core.measurements.theory import Drawn, Identity, ModelVerdict, TensorTheory
from core.recipe.steps import Options, Where
from core.requests.base import Request


@dataclass(frozen=True)
class Choice:
    """A scheme with its options, and the seed to draw it with."""

    scheme: str
    options: Options = ()
    seed: int = 0


@dataclass(frozen=True)
class GetTheory(Request[tuple[TensorTheory, ...]]):
    """What the named tensors should be and whether they are, one record a name."""

    names: tuple[str, ...]
    reply = tuple[TensorTheory, ...]


@dataclass(frozen=True)
class GetVerdict(Request[ModelVerdict]):
    """The verdict on the whole model, with a row for each distinct tensor."""

    reply = ModelVerdict


@dataclass(frozen=True)
class GetIdentity(Request[Identity]):
    """Which known initializations the tensor of that name is consistent with."""

    name: str
    reply = Identity


@dataclass(frozen=True)
class GetComparison(Request[tuple[Drawn, ...]]):
    """At most four schemes, each drawn into a copy of a place; a record for each of the place's first `shown` tensors.

    A draw has the bytes that an initialize step of that scheme, place and seed would give.
    """

    where: Where
    choices: tuple[Choice, ...]
    shown: int = 8
    cells: int = 96
    reply = tuple[Drawn, ...]


@dataclass(frozen=True)
class GetGallery(Request[Drawn]):
    """Every scheme with its default options, drawn with `seed` on a copy of the tensor of that name."""

    name: str
    seed: int = 0
    cells: int = 96
    reply = Drawn
