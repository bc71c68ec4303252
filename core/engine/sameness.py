"""Whether code leaves the same whenever it runs: else one page shows what one run left, and another page another."""

import hashlib
import threading
from functools import partial

from cachetools import LRUCache

from ..recipe.recipe import Recipe
from .left import Left

_MOST = 20_000


class Sameness:
    """Remembers what the code in the first steps of recipes left; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: LRUCache[str, str] = LRUCache(_MOST)
        self._others: LRUCache[str, None] = LRUCache(_MOST)

    def compare(self, recipe: Recipe, left: Left, *moments: int) -> None:
        """Keep what a run of the recipe left at moments that are looked at, and note where it is not as before."""
        for at, digest in filter(None, map(left.mark, moments)):
            key = _key(recipe.prefix(at))
            with self._lock:
                if self._marks.setdefault(key, digest) != digest:
                    self._others[key] = None

    def other(self, recipe: Recipe, *moments: int) -> int | None:
        """After how many steps code was seen to leave something else than before, of what is looked at; else None."""
        with self._lock:
            if not self._others:
                return None
        return next((at for at in map(partial(self._other, recipe), moments) if at is not None), None)

    def _other(self, recipe: Recipe, moment: int) -> int | None:
        """The same of one moment: what counts is where code last left the model by then, as far as that was seen."""
        for number in range(moment, -1, -1):
            key = _key(recipe.prefix(number))
            with self._lock:
                if key in self._marks:
                    return number if key in self._others else None
        return None

    def forget(self) -> None:
        """Start over, as where the operator's files changed."""
        with self._lock:
            self._marks.clear()
            self._others.clear()


def _key(recipe: Recipe) -> str:
    return hashlib.blake2b(recipe.to_json().encode(), digest_size=16).hexdigest()
