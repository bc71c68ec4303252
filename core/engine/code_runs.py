"""Running the code of recipes: in processes that serve one visitor and one recipe; what it left is kept and reused."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache

from ..questions.base import Request
from ..recipe.recipe import Recipe
from . import channel, talking
from .channel import Most
from .errors import worker_error
from .fairness.stops import Stops
from .fairness.timings import Timings
from .jail.limits import WITH_CODE
from .left import Left
from .place import Resident
from .residents import Residents
from .sameness import Sameness
from .talking import Message, Reply
from .visitor import Visitor

#: How long a head may be that comes from where a person's code runs, and one that tells of a whole model.
_CODE_HEAD, _HANDED_HEAD = 4 * 2**20, 16 * 2**20
_KEPT_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Asked:
    """Whose request it is, how long it may take, and what is called meanwhile."""

    visitor: Visitor
    place_seconds: float
    code_seconds: float
    waiting: channel.Waiting | None


class CodeRuns:
    """What the code of each recipe left, from a run in one of `residents` or from an earlier one."""

    def __init__(self, residents: Residents, timings: Timings, stops: Stops) -> None:
        self._residents, self._timings, self._stops = residents, timings, stops
        self._lock = threading.Lock()
        self._kept: LRUCache[str, Left] = LRUCache(_KEPT_BYTES, getsizeof=lambda left: left.nbytes)
        self.sameness = Sameness()

    def left(self, recipe: Recipe, before: int, after: int, asked: Asked) -> Left:
        """The handovers of a recipe's code, up to the later of the two moments.

        Raises:
            EngineError: the code fails, or is stopped.
            ChannelError: its process ended, and no code is at fault.
        """
        first, *more = _parts(recipe.prefix(max(before, after)))
        left = self._compared(first, before, after, asked)
        for whole in more if left.foreign else ():
            left = self._compared(whole, before, after, asked)
        return left

    def ask(self, recipe: Recipe, request: Request[Any], asked: Asked) -> Reply:
        """The answer about the recipe's end from a process that runs its code."""
        most = Most(head=_CODE_HEAD, arrays=min(request.reply_bytes, WITH_CODE.memory))
        with self._place(recipe, asked) as resident:
            steps = len(recipe.steps)
            opening = [] if resident.worker else [_run(recipe, steps, steps)]
            return self._talk(resident, [*opening, talking.question(request, most)], recipe, asked, request)

    def forget(self) -> None:
        """Keep nothing of what any code left."""
        with self._lock:
            self._kept.clear()
        self.sameness.forget()

    def _compared(self, recipe: Recipe, before: int, after: int, asked: Asked) -> Left:
        left = self._kept_or_run(recipe, before, after, asked)
        steps = len(recipe.steps)
        self.sameness.compare(recipe, left, min(before, steps), min(after, steps))
        return left

    def _kept_or_run(self, recipe: Recipe, before: int, after: int, asked: Asked) -> Left:
        with self._lock:
            kept = self._kept.get(recipe.to_json())
        return kept or self._run(recipe, before, after, asked)

    def _run(self, recipe: Recipe, before: int, after: int, asked: Asked) -> Left:
        steps = len(recipe.steps)
        with self._place(recipe, asked) as resident:
            self._residents.renew(resident)  # a second run in one process would find what the first one left there
            moments = min(before, steps), min(after, steps)
            reply = self._talk(resident, [_run(recipe, *moments)], recipe, asked)
            if "error" in reply.head:
                raise worker_error(reply.head, steps)
            left = Left.of(reply)
            resident.is_spent = not left.foreign or after < steps  # nothing more will be asked of it
        if left.whole and left.nbytes < _KEPT_BYTES // 4:
            with self._lock:
                self._kept[recipe.to_json()] = left
        return left

    def _place(self, recipe: Recipe, asked: Asked) -> AbstractContextManager[Resident]:
        cost = self._timings.check(recipe, asked.code_seconds)
        key = (asked.visitor, recipe.to_json())
        return self._residents.place(key, asked.visitor, asked.place_seconds, asked.waiting, cost)

    def _talk(
        self,
        resident: Resident,
        messages: list[Message],
        recipe: Recipe,
        asked: Asked,
        request: Request[Any] | None = None,
    ) -> Reply:
        with self._stops.keeping(recipe, request, resident, asked.code_seconds, runs_code=True):
            return talking.talk(
                self._residents,
                resident,
                messages,
                talking.Terms(asked.code_seconds, asked.waiting, len(recipe.steps)),
            )


def _parts(recipe: Recipe) -> Iterator[Recipe]:
    """The recipe up to the last step that holds code; and all of it, for whose forward passes code may be needed."""
    last = max((index for index, step in enumerate(recipe.steps) if step.holds_code), default=-1)
    yield recipe.prefix(last + 1)
    if any(step.computes for step in recipe.steps[last + 1 :]):
        yield recipe


def _run(recipe: Recipe, before: int, after: int) -> Message:
    """Run a recipe's code, and hand over what it left."""
    most = Most(head=_HANDED_HEAD, arrays=WITH_CODE.memory)
    return Message({"run": [recipe.to_json(), before, after]}, most=most)
