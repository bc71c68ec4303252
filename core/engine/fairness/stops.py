"""What was stopped once, so that no page view begins it again; asking for it does."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from ...recipe.recipe import Recipe

#: So many are kept, for so long, with so many characters of recipes in all.
_MOST, _SECONDS, _CHARACTERS = 500, 600.0, 4_000_000


@dataclass(frozen=True)
class Stop:
    """Work that was stopped.

    Attributes:
        recipe: what was replayed; question: what was answered, None if the replay itself was not done.
        sentence: why, and how to run it again.
        until: when this is forgotten, on the clock.
    """

    recipe: Recipe
    question: Hashable
    sentence: str
    until: float

    def means(self, recipe: Recipe, question: Hashable) -> bool:
        """Whether answering that question about that recipe would begin the same work again."""
        mine, theirs = self.recipe, recipe
        return (
            self.question in (None, question)
            and (mine.model, mine.seed, mine.arguments) == (theirs.model, theirs.seed, theirs.arguments)
            and mine.source == theirs.source
            and mine.steps == theirs.steps[: len(mine.steps)]
        )


class Stops:
    """The latest ones; safe to use from many threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._stops: OrderedDict[Stop, int] = OrderedDict()  # and their characters

    def keep(self, recipe: Recipe, question: Hashable, sentence: str) -> None:
        """This was stopped: so would be all that begins with it."""
        stop = Stop(recipe, question, sentence, self._now() + _SECONDS)
        with self._lock:
            self._stops[stop] = len(recipe.to_json())
            while len(self._stops) > _MOST or sum(self._stops.values()) > _CHARACTERS:
                self._stops.popitem(last=False)

    def sentence(self, recipe: Recipe, question: Hashable) -> str | None:
        """Why this does not run, if it was stopped."""
        with self._lock:
            now = self._now()
            found = (stop for stop in reversed(self._stops) if stop.until > now and stop.means(recipe, question))
            stop = next(found, None)
        return None if stop is None else stop.sentence

    def forget(self, recipe: Recipe) -> None:
        """Let it run again, whatever is asked about it."""
        with self._lock:
            for stop in [stop for stop in self._stops if stop.means(recipe, stop.question)]:
                del self._stops[stop]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._stops.clear()
