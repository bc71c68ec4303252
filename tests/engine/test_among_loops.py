"""Real loops without an end, and others at work among them: nobody is stopped for what the loops take."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count

from core.engine.errors import EngineError, StoppedError
from core.engine.pool import Engine
from core.engine.span import Span
from core.engine.visitor import Visitor
from core.questions.model import GetOverview
from core.recipe.steps import Train
from tests.custom import ENDLESS, good, running
from tests.engines import Gate, GiveUp, drawn, engine_from, shared_zygote

LOOPS = 8
#: With as many loops on two processors this takes four times as long as it computes, where all share alike.
COMPUTES = "import time\nstarted = time.process_time()\nwhile time.process_time() - started < 0.6: net"
_seeds = count()


def visitor(name: object) -> Visitor:
    return Visitor(f"session of {name}", f"address of {name}")


@contextmanager
def loops(engine: Engine) -> Iterator[None]:
    """Meanwhile so many visitors run code without an end, each anew as soon as it is stopped."""
    over = threading.Event()

    def until_over(_seconds: float) -> None:
        if over.is_set():
            raise EngineError("enough")

    def loop(number: int) -> None:
        while not over.is_set():
            with suppress(EngineError):
                engine.ask(running(ENDLESS, next(_seeds)), GetOverview(), until_over, visitor(number))

    with ThreadPoolExecutor(LOOPS) as pool:
        for number in range(LOOPS):
            pool.submit(loop, number)
        try:
            yield
        finally:
            over.set()


def test_code_that_computes_for_less_than_half_its_limit_is_not_stopped() -> None:
    with engine_from(shared_zygote(), code_time_limit=1.5, time_limit=60) as engine:
        engine.ask(good(), GetOverview())
        with loops(engine):
            for number in range(2):
                answer = engine.ask(running(COMPUTES, number), GetOverview(), None, visitor("others"))
                assert answer.counts.unique == 49


def test_where_places_are_few_others_get_theirs_all_the_same() -> None:
    with engine_from(shared_zygote(), code_workers=4, code_time_limit=2, time_limit=60) as engine:
        engine.ask(good(), GetOverview())
        with loops(engine):
            for number in range(10):
                asked = good(number) if number % 2 else drawn(number, Train(10))
                assert engine.ask(asked, GetOverview(), None, visitor("others")).counts.unique == 49


def test_long_replays_of_one_client_do_not_keep_anothers_click_waiting() -> None:
    with engine_from(shared_zygote(), workers=4, time_limit=60) as engine, ThreadPoolExecutor(8) as pool:
        engine.ask(drawn(0), GetOverview())
        gates = [Gate() for _ in range(8)]
        tabs = [Visitor(f"tab {number}", "one address") for number in range(8)]
        long = [
            pool.submit(engine.ask, drawn(seed, *[Train(1000)] * 40, model="deep_mlp"), GetOverview(), gate, tab)
            for seed, (gate, tab) in enumerate(zip(gates, tabs, strict=True))
        ]
        assert all(gate.waited.wait(30) for gate in gates)
        for number in range(5):
            assert engine.ask(drawn(100 + number), GetOverview(), None, visitor("others")).counts.unique == 49
        at_work = [replay for replay in long if not replay.done()]
        assert len(at_work) >= 7, "the clicks were not answered for want of long replays"
        for gate in gates:
            gate.give_up.set()
        for replay in at_work:
            assert isinstance(replay.exception(30), GiveUp)


def test_who_is_stopped_for_others_is_told_so_and_it_does_not_begin_again_by_itself() -> None:
    with engine_from(shared_zygote(), code_workers=1, code_time_limit=30, time_limit=60) as engine:
        engine.ask(good(), GetOverview())
        looping = running(ENDLESS, next(_seeds))
        with ThreadPoolExecutor(1) as pool:
            loop = pool.submit(engine.ask, looping, GetOverview(), None, visitor("loop"))
            while not engine._code.workers():
                pass
            assert engine.ask(good(1), GetOverview(), None, visitor("others")).counts.unique == 49
            for stopped in (loop.exception(60), _error(engine, looping)):
                assert isinstance(stopped, StoppedError)
                assert "since others wait for their turn, not for a fault of its own" in str(stopped)
        engine.again(looping)
        engine.code_time_limit = 0.3
        assert "took longer than 0.3 seconds" in str(_error(engine, looping))


def _error(engine: Engine, span: Span) -> EngineError | None:
    try:
        engine.ask(span, GetOverview())
    except EngineError as error:
        return error
    return None
