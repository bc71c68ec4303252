"""What is shared in a model, what sharing does to gradients and training, and what breaks it."""

from dataclasses import dataclass
from typing import Literal

from ..recipe.steps import TRAIN_ROWS, OptimizerName
from .arrays import Float64s, Floats, Integers
from .base import Request
from .model import Counts, TieKind
from .tensor import Heatmap

#: Why a tensor is shared: as `tied_groups` says, or one name only, used by several operations or stored once for all.
SharingKind = TieKind | Literal["several uses", "expanded"]
#: Uses of one parameter that are drawn; a text of 100 tokens uses a recurrent weight 100 times.
MOST_PICTURES = 12
Survived = Literal["same object", "storage only", "lost", "crash", "does not apply"]


@dataclass(frozen=True, slots=True)
class Lamps:
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

    first: str
    second: str
    same_object: bool
    same_parameter: bool
    overlapping_bytes: bool
    equal_values: bool
    torch_equal: bool
    nan_pairs: int


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a parameter in one forward pass: one edge into its AccumulateGrad node.

    Attributes:
        name: the name it was reached by; of a name that cannot be told, the first.
        module: qualified name of the innermost module that was running, "" for the root.
        call: which call of that module in this pass, from 1.
        operation: torch's operations from the parameter on, such as `t, addmm` or `embedding`.
    """

    name: str
    module: str
    call: int
    operation: str


@dataclass(frozen=True, slots=True)
class SharedTensor:
    """One tensor that is shared: by several names, by several operations, or within itself.

    Attributes:
        names: all of them, in registration order; kind: why it is shared.
        shape: of the first name; None while uninitialized. dtype: of the first name, without `torch.`.
        stored_bytes: those that all names together occupy.
        lamps: of every later name beside the first; empty where there is one name.
        uses: in one forward pass, in the order they were made; None where no forward pass could be run.
        optimizer_slots: distinct trainable Parameter objects: how many states an optimizer keeps.
        untie: the name of the parameter or module that `Untie` takes, "" where there is none.
    """

    names: tuple[str, ...]
    kind: SharingKind
    shape: tuple[int, ...] | None
    dtype: str
    stored_bytes: int
    lamps: tuple[Lamps, ...]
    uses: tuple[Use, ...] | None
    optimizer_slots: int
    untie: str

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
    unused: tuple[str, ...]
    unregistered: tuple[tuple[int, ...], ...]
    note: str


@dataclass(frozen=True, slots=True)
class ChangedCells:
    """Where one name's tensor differs between two moments, bit for bit.

    Attributes:
        name: qualified name, second names too; shape: its shape, equal at both moments.
        changed: how many elements differ.
        index: int64 (n, rank), the first n of them in storage order; before, after: float64 (n,), their values.
    """

    name: str
    shape: tuple[int, ...]
    changed: int
    index: Integers
    before: Float64s
    after: Float64s


@dataclass(frozen=True, slots=True)
class UseGradient:
    """The part of a parameter's gradient that one use contributes; None is drawn of later uses and of no elements."""

    use: Use
    norm: float
    picture: Heatmap | None


@dataclass(frozen=True, slots=True)
class UseGradients:
    """The gradient of one parameter, use by use: `sum of uses = .grad`.

    Attributes:
        name: as asked; names: all names of that very Parameter; shape: its shape; dtype: computed in.
        loss: of the batch.
        uses: in the order of the forward pass, the first MOST_PICTURES of them with a picture.
        cosines: float64 (uses, uses), between their gradients; NaN where one is zero.
        total: sum of the uses; grad: what `backward()` left in `.grad`; both as pictures and as norms.
        largest_error: `max |sum − grad|`.
        axes: names of the picture's axes.
    """

    name: str
    names: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    loss: float
    uses: tuple[UseGradient, ...]
    cosines: Float64s
    total: Heatmap | None
    total_norm: float
    grad: Heatmap | None
    grad_norm: float
    largest_error: float
    axes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One Parameter on its way through training.

    Attributes:
        label: the use or the name it stands for.
        values, gradients: float32 (frames, rows, columns), cell means at each frame's step.
        updates: float64 (steps,), L2 norm of each update over that of the values before it; not finite where
            those are zero.
    """

    label: str
    values: Floats
    gradients: Floats
    updates: Float64s


@dataclass(frozen=True, slots=True)
class Twins:
    """A tied net in training beside twins that start with equal values, on one batch.

    Every array over steps has `steps + 1` entries: what holds before each update, and after the last.

    Attributes:
        name: as asked; names: its tied group; together: parameters that the untied twin holds one copy a use of.
        frames: int64 (frames,), the steps at which pictures were taken, 0 and the last among them.
        shape: rows and columns of the whole tensor; cell: elements a cell.
        tied: the one Parameter of the tied net; untied: one lane a use (the first ones, where there are many).
        tied_losses, untied_losses, storage_losses: float64 (steps + 1,).
        use_norms: float64 (steps + 1, uses), gradient norms of each use in the tied net; sum_norms: (steps + 1,), of
            their sum; cosines: (steps + 1,), between the first and the last use.
        distances: float64 (steps + 1,), L2, between the first and the last use's copies in the untied twin.
        storage_gaps: float64 (steps + 1,), `max |difference|` between the tied net and one where every use has a
            Parameter of its own over one storage.
        parameters: unique parameters of the tied net and of the untied twin.
    """

    name: str
    names: tuple[str, ...]
    together: tuple[str, ...]
    frames: Integers
    shape: tuple[int, int]
    cell: tuple[int, int]
    tied: Lane
    untied: tuple[Lane, ...]
    tied_losses: Float64s
    untied_losses: Float64s
    storage_losses: Float64s
    use_norms: Float64s
    sum_norms: Float64s
    cosines: Float64s
    distances: Float64s
    storage_gaps: Float64s
    parameters: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Survival:
    """What one operation left of one tied group.

    Attributes:
        operation: its title; code: as one would type it.
        survived: whether all names still reach one object, or only common bytes, or neither; `crash` where the
            operation failed.
        detail: one sentence: what became of the names, or why the operation failed.
    """

    operation: str
    code: str
    survived: Survived
    detail: str


@dataclass(frozen=True, slots=True)
class SurvivalRow:
    """One tied group and what every operation left of it."""

    names: tuple[str, ...]
    kind: TieKind
    cells: tuple[Survival, ...]


@dataclass(frozen=True, slots=True)
class Misconception:
    """A belief about tying or parameters, and what is true instead."""

    key: str
    claim: str
    truth: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that a belief is wrong, measured a moment ago.

    Attributes:
        key: of the misconception; subject: what it was measured on.
        facts: (what, value) pairs; code: lines that a person could type to see the same.
    """

    key: str
    subject: str
    facts: tuple[tuple[str, str], ...]
    code: str


@dataclass(frozen=True)
class GetSharing(Request[Sharing]):
    """Everything the later moment's model shares; uses are those of one forward pass on a copy."""

    reply = Sharing


@dataclass(frozen=True)
class GetChangedCells(Request[tuple[ChangedCells, ...]]):
    """Every name whose tensor differs between the moments, with its first `limit` changed elements."""

    limit: int = 64
    reply = tuple[ChangedCells, ...]


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


@dataclass(frozen=True)
class GetTwins(Request[Twins]):
    """The later moment's model trained for `steps` beside its untied twin, on a batch of `rows` drawn with `seed`.

    At most `frames` pictures of at most `cells` rows and columns, fewer and smaller where they would take too many
    bytes.
    """

    name: str
    steps: int = 50
    optimizer: OptimizerName = "sgd"
    learning_rate: float = 0.1
    rows: int = TRAIN_ROWS
    seed: int = 0
    frames: int = 26
    cells: int = 24
    reply = Twins


@dataclass(frozen=True)
class GetSurvival(Request[tuple[SurvivalRow, ...]]):
    """What copying, saving, casting, loading and rebinding leave of every tied group; all of it on copies."""

    reply = tuple[SurvivalRow, ...]


@dataclass(frozen=True)
class GetMisconceptions(Request[tuple[Misconception, ...]]):
    """Every belief there is evidence against."""

    reply = tuple[Misconception, ...]


@dataclass(frozen=True)
class GetEvidence(Request[Evidence]):
    """What the later moment's model, or the lesson's where that one cannot show it, says to one belief."""

    key: str
    reply = Evidence
