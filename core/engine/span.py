"""What a worker materializes, and which answers it shares with others."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..questions.base import Request
from ..recipe.recipe import Recipe

#: A recipe as JSON, and two moments.
Key = tuple[str, int, int]


@dataclass(frozen=True)
class Span:
    """What a worker materializes: a recipe at two moments, each a number of steps carried out."""

    recipe: Recipe
    before: int
    after: int

    @property
    def reached(self) -> Recipe:
        """The recipe as far as it is replayed."""
        return self.recipe.prefix(max(self.before, self.after))

    @property
    def key(self) -> Key:
        """Equal for spans that give the same models."""
        return self.reached.to_json(), self.before, self.after

    def seen_by(self, request: Request[Any], held: Iterable[Key]) -> "Span":
        """Which span an answer is asked of, given those that workers hold: this, or another with the same later moment.

        One with a person's code is always asked of itself: it may leave something else each time that it runs.
        """
        known = self.known_by(request)
        alike = [before for json, before, after in held if (json, after) == known]
        return self if not alike or self.before in alike else replace(self, before=alike[-1])

    def known_by(self, request: Request[Any]) -> Key | tuple[str, int]:
        """Equal for spans that give the same answer: as `key`, without the earlier moment where it says nothing."""
        json, before, after = self.key
        return (json, before, after) if request.compares or self.reached.runs_code else (json, after)
