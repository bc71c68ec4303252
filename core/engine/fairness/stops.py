"""What was stopped once, so that no page view begins it again; asking for it does."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...questions.base import Request
from ...recipe.recipe import Recipe
from ..channel import DeadlineError, pack
from ..errors import EngineError, StoppedError, stopped_before, too_long
from ..place import Resident

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


def what_is_asked(request: Request[Any]) -> Hashable:
    """What of a request tells whether it would begin the same work: its kind, and the code in it."""
    return type(request), pack(request)[0]["code"] if request.reads_code else ""


class Stops:
    """The latest ones; safe to use from many threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._stops: OrderedDict[Stop, int] = OrderedDict()  # and their characters

    def check(self, recipe: Recipe, request: Request[Any]) -> None:
        """Raise, before it begins, where answering a request would begin what was stopped.

        Raises:
            StoppedError: a person's code was; EngineError: a replay without any was.
        """
        sentence = self.sentence(recipe, what_is_asked(request))
        if sentence is not None:
            raise (StoppedError if recipe.runs_code or request.reads_code else EngineError)(sentence)

    @contextmanager
    def keeping(
        self, recipe: Recipe, request: Request[Any] | None, resident: Resident, limit: float, *, runs_code: bool
    ) -> Iterator[None]:
        """No view begins again by itself what is stopped meanwhile: this question, or all of them if the replay is.

        Args:
            recipe: what is replayed in a place, `resident`; request: what is asked then, None for nothing.
            limit: seconds that it may take; runs_code: whether a person's code runs.

        Raises:
            EngineError: it took too long.
        """

        def keep(sentence: str) -> None:
            answering = request is not None and resident.opened
            self.keep(recipe, what_is_asked(request) if request is not None and answering else None, sentence)

        try:
            yield
        except DeadlineError:
            error = EngineError(too_long(limit, runs_code=runs_code))
            keep(stopped_before(limit) if runs_code else str(error))
            raise error from None
        except StoppedError as error:
            keep(str(error))
            raise

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
