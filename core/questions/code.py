"""What can be asked about code that a person wrote: how it wants to be run, what it did."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass as checked_dataclass

from ..recipe.numbers import Count, Shape
from ..recipe.own_files import OwnFiles
from ..recipe.steps import STRICT, AppliesTo, Code
from ..recipe.words import Lines, Name, Words
from .base import Request
from .checks import differ

FateKind = Literal["touched", "touched more than once", "untouched", "lost"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How code wants to be run, as its text tells: which function it defines, and what that takes.

    Attributes:
        function: as it is called, `Init()` where a class has to make it first; "" for statements.
        applies_to: what its arguments ask for, as far as these tell; choices: what it could be given.
        called: how it is called, `my_init(m)`.
    """

    function: Name
    applies_to: AppliesTo
    choices: tuple[AppliesTo, ...] = field(default=(), compare=False)
    called: Words = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SourceReading:
    """Which function or class of a model's code builds the model."""

    entry: Name


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one tensor in a run of init code.

    Attributes:
        name: qualified name; times: how many calls wrote to it.
        kind: "lost" when the code wrote, but the model does not have it.
        reason: one sentence on why, where it is not plainly touched; cure: one sentence on the way out.
    """

    name: Name
    shape: Shape | None
    kind: FateKind
    times: Count
    reason: Words = ""
    cure: Words = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of init code: what it printed, how long it took, how many calls were made, and each tensor's fate."""

    printed: Lines
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    calls: Count
    fates: tuple[Fate, ...]

    def __post_init__(self) -> None:
        differ((fate.name for fate in self.fates if fate.kind != "lost"), "tensors of the model")


@checked_dataclass(frozen=True, config=STRICT)
class GetReading(Request[Reading]):
    """How init code wants to be run on the later moment's model; it is read there and not run."""

    code: Code
    reply = Reading
    reads_code = True


@checked_dataclass(frozen=True, config=STRICT)
class GetSourceReading(Request[SourceReading]):
    """What builds the model in a model's code; it is read and not run."""

    code: Code
    reply = SourceReading
    reads_code = True


@checked_dataclass(frozen=True, config=STRICT)
class GetOwnFiles(Request[OwnFiles]):
    """What the operator's own files hold; the same about every model."""

    reply = OwnFiles
