"""What is made once for all visitors, where none of them can have it dropped."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Once(Generic[Made]):
    """Something that the first who asks makes, while others wait; it lives as long as the server."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[Made] = []

    def get(self) -> Made:
        """The thing, made now if it was not."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def made(self) -> Made | None:
        """The thing if it was made."""
        with self._lock:
            return self._made[0] if self._made else None
