"""Questions about what a model shares, and what sharing does."""

from dataclasses import dataclass

from core.measurements.tying import ChangedCells, Evidence, Misconception, Sharing, SurvivalRow, Twins, UseGradients
from core.recipe.steps import TRAIN_ROWS, OptimizerName
from core.requests.base import Request


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
