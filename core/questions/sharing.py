"""What is shared in a model: which names and why, where a pass uses them, what each use gives to a gradient."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from ..recipe.numbers import Count, Shape
from ..recipe.steps import TRAIN_ROWS
from ..recipe.words import Name, Words
from .arrays import Float64Matrix
from .base import Request
from .checks import must
from .model import Counts, TieKind
from .picture import Heatmap, within

#: Why a tensor is shared: as `tied_groups` says, or one name only, used by several operations or stored once for all.
SharingKind = TieKind | Literal["several uses", "expanded"]
#: Uses of one parameter that are drawn; a text of 100 tokens uses a recurrent weight 100 times.
MOST_PICTURES = 12


@dataclass(frozen=True, slots=True)
class PairFacts:
    """Four facts about two names; none of the last two follows from the other.

    Attributes:
        first, second: qualified names.
        same_object: one module object holds both, `net[2] is net[4]`.
        same_parameter: one tensor object, `net[2].weight is net[4].weight`.
        overlapping_bytes: at least one byte belongs to both.
        equal_values: one shape, one dtype, and equal bit for bit, NaN or not.
        torch_equal: what `torch.equal(first, second)` says: NaN differs from itself.
        nan_pairs: places where both are NaN.
    """

    first: Name
    second: Name
    same_object: bool
    same_parameter: bool
    overlapping_bytes: bool
    equal_values: bool
    torch_equal: bool
    nan_pairs: Count


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a parameter in one forward pass: one edge into its AccumulateGrad node.

    Attributes:
        name: the name it was reached by; of a name that cannot be told, the first.
        module: qualified name of the innermost module that was running, "" for the root.
        call: which call of that module in this pass, from 1.
        operation: torch's operations from the parameter on, such as `t, addmm` or `embedding`.
    """

    name: Name
    module: Name
    call: Count
    operation: Words


@dataclass(frozen=True, slots=True)
class SharedTensor:
    """One tensor that is shared: by several names, by several operations, or within itself.

    Attributes:
        names: all of them, in registration order; kind: why it is shared.
        shape: of the first name; None while uninitialized. dtype: of the first name, without `torch.`.
        stored_bytes: those that all names together occupy.
        facts: of every later name beside the first; empty where there is one name.
        uses: in one forward pass, in the order they were made; None where no forward pass could be run.
        optimizer_slots: distinct trainable Parameter objects: how many states an optimizer keeps.
        untie: the name of the parameter or module that `Untie` takes, "" where there is none.
    """

    names: Annotated[tuple[Name, ...], Field(min_length=1)]
    kind: SharingKind
    shape: Shape | None
    dtype: Words
    stored_bytes: Count
    facts: tuple[PairFacts, ...]
    uses: tuple[Use, ...] | None
    optimizer_slots: Count
    untie: Name

    def uses_of(self, name: str) -> int | None:
        """How often a forward pass used the tensor under that name."""
        return None if self.uses is None else sum(use.name == name for use in self.uses)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Everything a model shares.

    Attributes:
        shared: tied groups, then single names that are expanded or used more than once, each in registration order.
        counts: unique, by path, bytes really stored.
        unused: parameters that a forward pass did not reach; unregistered: shapes of tensors that it reached and that
            receive a gradient, although the model does not list them. Both empty where no forward pass could be run.
        note: why uses are unknown, "" where they are known.
    """

    shared: tuple[SharedTensor, ...]
    counts: Counts
    unused: tuple[Name, ...]
    unregistered: tuple[Shape, ...]
    note: Words


@dataclass(frozen=True, slots=True)
class UseGradient:
    """The part of a parameter's gradient that one use contributes; None is drawn of later uses and of no elements."""

    use: Use
    norm: float
    picture: Heatmap | None


@dataclass(frozen=True, slots=True)
class UseGradients:
    """The gradient of one parameter, use by use: `sum of uses = .grad`, but for hooks that act on the sum only.

    Attributes:
        name: as asked; names: all names of that very Parameter; shape: its shape; dtype: computed in.
        loss: of the batch.
        uses: in the order of the forward pass, the first MOST_PICTURES of them with a picture.
        cosines: float64 (uses, uses), between their gradients; NaN where one is zero.
        total: sum of the uses; grad: what `backward()` left in `.grad`; both as pictures and as norms.
        largest_error: `max |sum − grad|`; where hooks act on the sum as a whole, of what it was before them.
        axes: names of the picture's axes.
        hooks: how many the parameter has; additive: whether they act on each part alike, so that parts and sum are
            after them; otherwise these are before them.
    """

    name: Name
    names: tuple[Name, ...]
    shape: Shape
    dtype: Words
    loss: float
    uses: Annotated[tuple[UseGradient, ...], Field(min_length=1)]
    cosines: Float64Matrix
    total: Heatmap | None
    total_norm: float
    grad: Heatmap | None
    grad_norm: float
    largest_error: float
    axes: tuple[Words, ...]
    hooks: Count = 0
    additive: bool = True

    def __post_init__(self) -> None:
        must(self.cosines.shape == (len(self.uses),) * 2, "a cosine for each two uses")
        must(len(self.axes) == len(self.shape), "each axis has a name")


@dataclass(frozen=True, slots=True)
class Uses:
    """Every use of every parameter in one forward pass, by its first name, and as for `Sharing` the rest."""

    of: tuple[tuple[Name, tuple[Use, ...]], ...] = ()
    unregistered: tuple[Shape, ...] = ()
    note: Words = ""


@dataclass(frozen=True)
class GetUses(Request[Uses]):
    """The uses in one forward pass of the later moment's model, on a copy and a sample batch."""

    reply = Uses
    runs_model = True


@dataclass(frozen=True)
class GetSharing(Request[Sharing]):
    """Everything the later moment's model shares, given its uses; None where no forward pass was tried."""

    uses: Uses | None = None
    reply = Sharing


@dataclass(frozen=True)
class GetUseGradients(Request[UseGradients]):
    """The gradient of one parameter of the later moment, use by use, on a batch of `rows` drawn with `seed`.

    `double` computes in float64, else in the model's own dtype; `cells` bounds the rows and columns of a picture.
    """

    name: str
    rows: int = TRAIN_ROWS
    seed: int = 0
    double: bool = True
    cells: int = 64
    reply = UseGradients
    runs_model = True

    def check(self, answer: Any, _moment: int, /) -> None:
        """It is about the parameter that was asked for."""
        must(answer.name == self.name, "the name is the one asked for")
        must(sum(use.picture is not None for use in answer.uses) <= MOST_PICTURES, "the first uses have pictures")
        for picture in (*(use.picture for use in answer.uses), answer.total, answer.grad):
            within(picture, self.cells)
