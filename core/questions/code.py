"""What can be asked about code that a person wrote: how it wants to be run, what it did."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass as checked_dataclass

from ..recipe.numbers import Count, Shape
from ..recipe.own_files import OwnFiles
from ..recipe.steps import STRICT, AppliesTo, Code
from ..recipe.words import Lines, Name, Words
from .base import Request
from .checks import differ, must

FateKind = Literal["touched", "touched more than once", "untouched", "lost", "tie broken"]
#: Fates that a tensor has once; a write that was lost and a broken tie are told beside them.
_OF_A_TENSOR: frozenset[FateKind] = frozenset(("touched", "touched more than once", "untouched"))


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
        name: qualified name; times: how often it was written to: in how many calls, or how often by one operation.
        kind: "lost" when the code wrote, but the model does not have it; "tie broken" where one tensor became several.
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
        differ((fate.name for fate in self.fates if fate.kind in _OF_A_TENSOR), "tensors of the model")

    @property
    def wrote(self) -> bool:
        """Whether the code wrote to any tensor of the model."""
        return any(fate.times and fate.kind in _OF_A_TENSOR for fate in self.fates)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What went wrong, one sentence each: ties that were broken and writes that were lost, with the way out."""
        told = [fate for fate in self.fates if fate.kind in ("tie broken", "lost")]
        told.sort(key=lambda fate: fate.kind == "lost")
        return tuple(f"{fate.name}: {fate.reason}; {fate.cure}" if fate.cure else fate.reason for fate in told)


@dataclass(frozen=True, slots=True)
class Misfit:
    """What a declaration says that cannot be true of the model.

    Attributes:
        step: index of the step whose code declares it, None of the model's own; sentence: with its line.
    """

    step: Count | None
    sentence: Words


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


@dataclass(frozen=True)
class GetMisfits(Request[tuple[Misfit, ...]]):
    """What the recipe's code declares and no tensor of the later moment's model can be."""

    reply = tuple[Misfit, ...]

    def check(self, answer: Any, moment: int, /) -> None:
        """Each is of a step that there is."""
        must(all(misfit.step is None or misfit.step < moment for misfit in answer), "the steps are the recipe's")
