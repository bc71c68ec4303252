"""Threads that code starts while it is observed: torch shows a thread's operations to that thread alone."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module.dispatch_mode import DispatchMode

Dispatch = Callable[[Any, Sequence[type], Sequence[Any], Mapping[str, Any] | None], Any]
Start = Callable[[threading.Thread], None]


class Threads:
    """Between `begin` and `end`, operations are shown of each thread that an observed one starts.

    For so long `threading.Thread.start` is another function. One that another put its own over stays below it, and only
    hands on.
    """

    def __init__(self) -> None:
        self.dispatch: Dispatch | None = None
        self._before: list[tuple[Start, Start]] = []
        self._observed: set[int] = set()

    def begin(self, dispatch: Dispatch) -> None:
        """From now on what threads that this one starts carry out goes by way of `dispatch`."""
        before: Start = threading.Thread.start
        self.dispatch = dispatch
        self._observed.add(threading.get_ident())

        def start(thread: threading.Thread) -> None:
            if self.dispatch is not None and threading.get_ident() in self._observed:
                thread.run = self._observing(thread.run)  # type: ignore[method-assign]
            before(thread)

        self._before.append((before, start))
        threading.Thread.start = start  # type: ignore[assignment, method-assign]

    def end(self) -> None:
        """As before; whose `dispatch` it was is not held any longer, which would be a cycle."""
        before, start = self._before.pop()
        if threading.Thread.start is start:
            threading.Thread.start = before  # type: ignore[assignment, method-assign]
        if not self._before:
            self.dispatch = None
            self._observed.clear()

    def _observing(self, run: Callable[[], None]) -> Callable[[], None]:
        def observed() -> None:
            self._observed.add(threading.get_ident())
            with _InThread(self):
                run()

        return observed


class _InThread(DispatchMode):
    def __init__(self, threads: Threads) -> None:
        super().__init__()
        self._threads = threads

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        dispatch = self._threads.dispatch
        if dispatch is None:  # as a pool's threads may live longer
            return func(*args, **(kwargs or {}))
        return dispatch(func, types, args, kwargs)
