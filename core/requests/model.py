"""Questions about a model and its tensors at two moments."""

from dataclasses import dataclass

from core.layout import Layout
from core.measurements.model import Access, Counts, Distance, File, Outcome, Printed, TensorInfo, TiedGroup, Touch
from core.measurements.tensor import Card, Change, Values
from core.recipe.steps import Options, Where
from core.requests.base import Request
from core.tree_rows import TreeRow


@dataclass(frozen=True, slots=True)
class Overview:
    """A model without its values: names, counts, ties, and what each step did."""

    tensors: tuple[TensorInfo, ...]
    counts: Counts
    groups: tuple[TiedGroup, ...]
    module_types: tuple[str, ...]
    module_names: tuple[str, ...]
    untie: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class GetOverview(Request[Overview]):
    """The model at the later moment, without its values."""

    reply = Overview


@dataclass(frozen=True)
class GetTree(Request[tuple[TreeRow, ...]]):
    """The later moment's module tree as rows, with histogram sparks where that is cheap."""

    reply = tuple[TreeRow, ...]


@dataclass(frozen=True)
class GetChanges(Request[tuple[Change, ...]]):
    """What differs between the moments, for every tensor under its first name."""

    reply = tuple[Change, ...]


@dataclass(frozen=True)
class GetCards(Request[tuple[Card, ...]]):
    """Cards of the named tensors; `cells` bounds the rows and the columns of a picture."""

    names: tuple[str, ...] = ()
    cells: int = 96
    difference: bool = False
    reply = tuple[Card, ...]


@dataclass(frozen=True)
class GetDetail(Request[Card]):
    """One tensor's card in a chosen layout and window (first row, row after the last, the same for columns)."""

    name: str
    layout: Layout | None = None
    window: tuple[int, int, int, int] | None = None
    cells: int = 160
    difference: bool = False
    reply = Card


@dataclass(frozen=True)
class GetPreview(Request[tuple[Touch, ...]]):
    """Which parameters an initialize step would visit at the later moment, how often, and where it cannot apply."""

    scheme: str
    where: Where
    options: Options = ()
    reply = tuple[Touch, ...]


@dataclass(frozen=True)
class GetAccess(Request[Access]):
    """How to reach one tensor of the later moment, and its value and gradient as torch prints them."""

    name: str
    reply = Access


@dataclass(frozen=True)
class GetPrinted(Request[Printed]):
    """The later moment's model and its output on the sample input, as torch prints them."""

    reply = Printed


@dataclass(frozen=True)
class GetDistance(Request[Distance]):
    """How far two tensors of the later moment are apart."""

    first: str
    second: str
    reply = Distance


@dataclass(frozen=True)
class GetValues(Request[Values]):
    """A small tensor's values at the later moment, laid out as a matrix."""

    name: str
    reply = Values


@dataclass(frozen=True)
class GetWeights(Request[File]):
    """The later moment's state as a safetensors file."""

    reply = File
    reply_bytes = 4 * 2**30
