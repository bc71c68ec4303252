"""What sharing does and what breaks it, tried out on copies: training beside twins, survival, misconceptions."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from ..recipe.numbers import Count, Size
from ..recipe.steps import TRAIN_ROWS, OptimizerName
from ..recipe.words import Lines, Name, Words
from .arrays import Float64Matrix, Float64s, FloatMatrices, Integers
from .base import Request
from .checks import differ, must
from .model import TieKind

#: What an operation left of a tie.
Survived = Literal["same object", "storage only", "lost", "crash", "does not apply"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One Parameter on its way through training.

    Attributes:
        label: the use or the name it stands for.
        values, gradients: float32 (frames, rows, columns), cell means at each frame's step.
        updates: float64 (steps,), L2 norm of each update over that of the values before it; not finite where
            those are zero.
    """

    label: Words
    values: FloatMatrices
    gradients: FloatMatrices
    updates: Float64s

    def __post_init__(self) -> None:
        must(self.values.shape == self.gradients.shape, "values and gradients have one shape")


@dataclass(frozen=True, slots=True)
class Twins:
    """A tied net in training beside twins that start with equal values, on one batch.

    Every array over steps has `steps + 1` entries: what holds before each update, and after the last.

    Attributes:
        name: as asked; names: its tied group; together: parameters of which the untied twin has a copy for
            each use.
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

    name: Name
    names: tuple[Name, ...]
    together: tuple[Name, ...]
    frames: Integers
    shape: tuple[Size, Size]
    cell: tuple[Size, Size]
    tied: Lane
    untied: tuple[Lane, ...]
    tied_losses: Float64s
    untied_losses: Float64s
    storage_losses: Float64s
    use_norms: Float64Matrix
    sum_norms: Float64s
    cosines: Float64s
    distances: Float64s
    storage_gaps: Float64s
    parameters: tuple[Count, Count]

    def __post_init__(self) -> None:
        steps = len(self.tied_losses) - 1
        over_steps = (
            self.tied_losses,
            self.untied_losses,
            self.storage_losses,
            self.use_norms,
            self.sum_norms,
            self.cosines,
            self.distances,
            self.storage_gaps,
        )
        must(steps >= 1 and all(len(each) == steps + 1 for each in over_steps), "a value each step")
        must(self.use_norms.shape[1] >= 1, "there is a use")
        frames = self.frames.tolist()
        must(frames == sorted(set(frames)), "frames rise")
        must(
            len(frames) > 1 and (frames[0], frames[-1]) == (0, steps),
            "frames are taken from the first step to the last",
        )
        cells = tuple(-(-size // cell) for size, cell in zip(self.shape, self.cell, strict=True))
        for lane in (self.tied, *self.untied):
            must(lane.values.shape == (len(frames), *cells), "a picture each frame")
            must(len(lane.updates) == steps, "an update each step")


@dataclass(frozen=True, slots=True)
class Survival:
    """What one operation left of one tied group.

    Attributes:
        operation: its title; code: as one would type it.
        survived: whether all names still reach one object, or only common bytes, or neither; `crash` where the
            operation failed.
        detail: one sentence: what became of the names, or why the operation failed.
    """

    operation: Words
    code: Lines
    survived: Survived
    detail: Words


@dataclass(frozen=True, slots=True)
class SurvivalRow:
    """One tied group and what every operation left of it."""

    names: Annotated[tuple[Name, ...], Field(min_length=1)]
    kind: TieKind
    cells: Annotated[tuple[Survival, ...], Field(min_length=1)]


def _is_a_table(rows: tuple[SurvivalRow, ...]) -> tuple[SurvivalRow, ...]:
    columns = {tuple(cell.operation for cell in row.cells) for row in rows}
    must(len(columns) <= 1, "all rows are about the same operations")
    return rows


SurvivalTable = Annotated[tuple[SurvivalRow, ...], AfterValidator(_is_a_table)]


@dataclass(frozen=True, slots=True)
class Misconception:
    """A belief about tying or parameters, and what is true instead."""

    key: Name
    claim: Words
    truth: Words


def _each_once(beliefs: tuple[Misconception, ...]) -> tuple[Misconception, ...]:
    differ((belief.key for belief in beliefs), "keys of misconceptions")
    return beliefs


Misconceptions = Annotated[tuple[Misconception, ...], AfterValidator(_each_once)]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that a belief is wrong, measured a moment ago.

    Attributes:
        key: of the misconception; subject: what it was measured on.
        facts: (what, value) pairs; code: lines that a person could type to see the same.
    """

    key: Name
    subject: Words
    facts: tuple[tuple[Words, Words], ...]
    code: Lines


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
    runs_model = True

    def check(self, answer: Any, _moment: int, /) -> None:
        """It is about as many steps as were asked for."""
        must(answer.name == self.name, "the name is the one asked for")
        must(len(answer.tied_losses) == self.steps + 1, "the steps are those asked for")
        frames, rows, columns = answer.tied.values.shape
        must(frames <= max(2, self.frames) and rows * columns <= self.cells**2, "no more pictures than asked for")


@dataclass(frozen=True)
class GetSurvival(Request[SurvivalTable]):
    """What copying, saving, casting, loading and rebinding leave of every tied group; all of it on copies."""

    reply = SurvivalTable
    runs_model = True


@dataclass(frozen=True)
class GetMisconceptions(Request[Misconceptions]):
    """Every belief there is evidence against."""

    reply = Misconceptions


@dataclass(frozen=True)
class GetEvidence(Request[Evidence]):
    """What the later moment's model, or the lesson's where that one cannot show it, says to one belief."""

    key: str
    reply = Evidence
    runs_model = True
