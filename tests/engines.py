"""Real engines for tests: started quickly from one zygote or one set of spawned workers, and looked at from outside."""

import atexit
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

from core.engine.pool import Engine
from core.engine.processes.forking import Forking
from core.engine.processes.launch import Launcher
from core.engine.span import Span
from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, Step, Train

#: Minutes of training in small steps, too much for the default limit to be begun; two seconds; less than one.
ENDLESS = Recipe("deep_mlp", steps=(Train(1000),) * 200)
LATE = Recipe("deep_mlp", steps=(Train(1000),) * 5)
LONG = Recipe("deep_mlp", steps=(Train(400),))


class GiveUp(BaseException):
    """What Streamlit raises in the middle of a script: no Exception, so that nothing catches it by chance."""


def whole(recipe: Recipe) -> Span:
    """From the build to the end."""
    return Span(recipe, 0, len(recipe.steps))


def drawn(seed: int, *steps: Step, model: str = "mlp") -> Span:
    """A small model with one initialization, another for every seed, and then those steps."""
    return whole(Recipe(model, seed, (Initialize("normal", seed=seed), *steps)))


@cache
def shared_zygote() -> Forking:
    """One zygote for every test that does not need its own: a start takes seconds, a worker of it milliseconds."""
    if sys.platform != "linux":
        import pytest  # which the scripts that tests run as servers have no use for

        pytest.skip("only Linux forks workers from a zygote")
    forking = Forking()
    atexit.register(forking.close)
    return forking


@contextmanager
def engine_from(launcher: Launcher | None, **options: Any) -> Iterator[Engine]:
    """An engine of its own whose launcher, the platform's where none is given, outlives it."""
    engine = Engine(source=launcher, **options)
    try:
        yield engine
    finally:
        engine._lost.detach()  # the launcher outlives it
        engine._closed.set()
        engine._end_unused()
        assert not len(engine._catalog) + len(engine._code), "a request is still under way"


@contextmanager
def fresh_engine(**options: Any) -> Iterator[Engine]:
    """An engine with a zygote of its own."""
    engine = Engine(source=Forking(), **options)
    try:
        yield engine
    finally:
        engine.close()


def workers(engine: Engine) -> list[int]:
    """Process ids of the engine's workers, the one used last at the end."""
    return [worker.pid for residents in (engine._code, engine._catalog) for worker in residents.workers()]


def zygote(engine: Engine) -> int:
    """The zygote's process id."""
    launcher = engine._launcher
    assert isinstance(launcher, Forking)
    assert launcher._process is not None
    return launcher._process.pid


@contextmanager
def aside(act: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Meanwhile another thread does `act()`."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(act)


class Gate:
    """A `waiting` that notes that it was called, and gives up once told to."""

    def __init__(self) -> None:
        self.waited = threading.Event()
        self.give_up = threading.Event()

    def __call__(self, _seconds: float) -> None:
        self.waited.set()
        if self.give_up.is_set():
            raise GiveUp
