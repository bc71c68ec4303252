"""What a worker holds: one recipe's model at two moments."""

from dataclasses import dataclass
from functools import cached_property

from torch import nn

from core.questions.model import Outcome
from core.recipe.recipe import Recipe
from core.tensor.compare import Comparison
from core.theory.model_verdict import ModelCheck
from core.theory.sources import sources


@dataclass(frozen=True, eq=False)
class Moments:
    """A recipe's model before and after, and what its steps did on the way to the later one."""

    recipe: Recipe
    before: nn.Module
    after: nn.Module
    outcomes: tuple[Outcome, ...]

    @cached_property
    def comparison(self) -> Comparison:
        """Both, tensor by tensor."""
        return Comparison(self.before, self.after)

    @cached_property
    def check(self) -> ModelCheck:
        """The later model against what it should be."""
        return ModelCheck(self.after, sources(self.after, self.recipe, self.outcomes))
