"""How fast this machine replays, learned from what replays took, and which recipe it cannot finish in time."""

import threading

from ...recipe.cost import Cost, cost
from ...recipe.recipe import Recipe
from ..errors import EngineError

#: Until something was measured here: rather too fast than too slow, as the estimate itself is.
_UNKNOWN_SPEED = 0.5
#: Measured on ordinary machines, 0.5 to 2; a worker that was in the way of others is no measure.
_SLOWEST, _FASTEST = 5.0, 0.2
#: What takes less says little of a machine, for a replay begins with a build; a new measurement counts so much.
_TELLING_SECONDS, _NEWEST = 0.2, 0.3
#: Only what surely takes longer than its limit is refused.
_SURELY = 1.5


class Timings:
    """Estimates of replays in seconds of this machine; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._factor: float | None = None

    def learn(self, recipe: Recipe, seconds: float) -> None:
        """A replay of that recipe has computed for so long."""
        estimated = cost(recipe).seconds
        if estimated < _TELLING_SECONDS or recipe.runs_code:
            return
        measured = min(_SLOWEST, max(_FASTEST, seconds / estimated))
        with self._lock:
            old = measured if self._factor is None else self._factor
            self._factor = old + _NEWEST * (measured - old)

    def cost(self, recipe: Recipe) -> Cost:
        """The estimate for this machine."""
        estimated = cost(recipe)
        factor = self._factor or _UNKNOWN_SPEED
        return Cost(tuple(seconds * factor for seconds in estimated.after), estimated.memory)

    def check(self, recipe: Recipe, limit: float) -> Cost:
        """The cost of a replay.

        Raises:
            EngineError: it would surely be stopped at the limit; names the step that it does not reach.
        """
        found = self.cost(recipe)
        if found.seconds > _SURELY * limit:
            beyond = next(index for index, seconds in enumerate(found.after) if seconds > limit)
            raise EngineError(too_costly(len(recipe.steps), beyond + 1, found.seconds, limit))
        return found


def too_costly(steps: int, beyond: int, seconds: float, limit: float) -> str:
    """Why a recipe is not even begun."""
    what = "the step takes" if steps == 1 else f"the {steps} steps take"
    start = "" if steps == 1 else f"take back step {beyond} and those after it, or "
    return (
        f"{what} about {seconds:.0f} seconds to compute, and {limit:g} are allowed; nothing was computed: "
        f"{start}try fewer training steps or a smaller model"
    )
