"""What a worker holds, one recipe's model at two moments, and which function answers which question."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from torch import nn

from ..code import operator_files
from ..module.walk import named_tensors
from ..observation import Provenance
from ..questions.base import Request
from ..questions.equal import Equality
from ..questions.model import Outcome
from ..questions.story import Story
from ..recipe.recipe import Recipe
from ..recipe.steps import Untie
from ..sharing.equal import equality
from ..tensor.compare import Comparison
from ..theory.model_verdict import ModelCheck
from ..theory.origins import origins


@dataclass(frozen=True, eq=False)
class Moments:
    """A recipe's model before and after, and what its steps did on the way to the later one.

    Attributes:
        seen: who wrote the later model's tensors; None where nobody looked.
        runs_elsewhere: whether a forward pass runs a person's code, which this process never does.
    """

    recipe: Recipe
    before: nn.Module
    after: nn.Module
    outcomes: tuple[Outcome, ...]
    seen: Provenance | None = None
    runs_elsewhere: bool = False

    @cached_property
    def comparison(self) -> Comparison:
        """Both, tensor by tensor."""
        return Comparison(self.before, self.after)

    @cached_property
    def stories(self) -> dict[str, Story]:
        """The story of each of the later model's tensors, by qualified name."""
        return {} if self.seen is None else self.seen.of(self.after)

    @cached_property
    def check(self) -> ModelCheck:
        """The later model against what it should be."""
        promised = origins(self.after, self.recipe, self.outcomes, self.stories, operator_files.declared)
        return ModelCheck(self.after, promised)

    @cached_property
    def equal(self) -> Equality:
        """What is equal in the later model though nothing ties it."""
        untied = {
            entry.name: number
            for number, step in enumerate(self.recipe.steps, 1)
            if isinstance(step, Untie)
            for entry in named_tensors(self.after)
            if f"{entry.name}.".startswith(f"{step.name}.")
        }
        return equality(self.after, self.stories, untied)


class ElsewhereError(Exception):
    """The answer runs a person's code, and this process never does."""


Reply = TypeVar("Reply")
#: Question → the function that answers it.
ANSWERS: dict[type[Request[Any]], Callable[[Any, Moments], Any]] = {}


def answers(
    question: type[Request[Reply]],
) -> Callable[[Callable[[Any, Moments], Reply]], Callable[[Any, Moments], Reply]]:
    """Decorator: the function answers this question, and gives the type of record that it asks for."""

    def entered(function: Callable[[Any, Moments], Reply]) -> Callable[[Any, Moments], Reply]:
        ANSWERS[question] = function
        return function

    return entered
