"""What a person's init code is and did."""

from dataclasses import dataclass
from typing import Literal

from core.recipe.steps import AppliesTo

FateKind = Literal["touched", "touched more than once", "untouched", "lost"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How code wants to be run, as its text tells: which function it defines, and what that takes."""

    function: str
    applies_to: AppliesTo


@dataclass(frozen=True, slots=True)
class SourceReading:
    """Which function or class of a model's code builds the model."""

    entry: str


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one tensor in a run of init code.

    Attributes:
        name: qualified name; times: how many calls wrote to it.
        kind: "lost" when the code wrote, but the model does not have it.
        reason: one sentence on why, where it is not plainly touched; cure: one sentence on the way out.
    """

    name: str
    shape: tuple[int, ...] | None
    kind: FateKind
    times: int
    reason: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of init code: what it printed, how long it took, how many calls were made, and each tensor's fate."""

    printed: str
    seconds: float
    calls: int
    fates: tuple[Fate, ...]
