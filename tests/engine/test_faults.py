"""Faults fifty times over: whatever is killed, the next answer is the same to the byte, and no process is left."""

import hashlib
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.model import GetOverview
from core.questions.tensor import GetValues
from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, Train
from core.replaying.replay import replay
from tests.engines import fresh_engine, workers, zygote
from tests.processes import children, descendants, end

pytestmark = pytest.mark.slow

REPEATS = 50
ROOT = Path(__file__).parents[2]
TRAINED = Recipe("deep_mlp", steps=(Initialize("orthogonal", seed=1), Train(200, 0.05, 2)))
ASKED = GetValues("0.weight")


@pytest.fixture
def engine() -> Iterator[Engine]:
    with fresh_engine(time_limit=60, cache_bytes=0) as started:
        started.ask(Span(TRAINED, 0, 0), GetOverview())
        yield started


@pytest.fixture(scope="module")
def expected() -> bytes:
    return replay(TRAINED).get_parameter("0.weight").double().detach().numpy().tobytes()


def test_a_worker_killed_in_the_middle_of_its_work(engine: Engine, expected: bytes) -> None:
    chance = random.Random(1)
    for _ in range(REPEATS):
        engine._end_unused()  # the next has to train again
        at, killed = chance.uniform(0, 0.2), set[int]()

        def waiting(seconds: float, at: float = at, killed: set[int] = killed) -> None:
            if seconds >= at and not killed and (working := workers(engine)):
                os.kill(working[-1], signal.SIGKILL)
                killed.add(working[-1])

        answer = engine.ask(Span(TRAINED, 0, 2), ASKED, waiting)
        assert answer.values.tobytes() == expected
        assert end(killed)


def test_the_zygote_killed(engine: Engine, expected: bytes) -> None:
    chance, seconds = random.Random(2), []
    for _ in range(REPEATS):
        engine._end_unused()
        before = {zygote(engine), *children(zygote(engine))}
        os.kill(zygote(engine), signal.SIGKILL)
        started = time.monotonic()
        assert engine.ask(Span(TRAINED, 0, 2), ASKED).values.tobytes() == expected
        seconds.append(time.monotonic() - started)
        assert end(before)
        time.sleep(chance.uniform(0, 0.8))  # once ready, in the middle of its own preparations, after them
    print(f"answered again after {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s")


def test_anything_killed_while_eight_ask(engine: Engine, expected: bytes) -> None:
    chance, over = random.Random(3), threading.Event()

    def ask(thread: int) -> list[bytes | str]:
        answers: list[bytes | str] = []
        while not over.is_set():
            try:
                answers.append(engine.ask(Span(TRAINED, thread % 3, 2), ASKED).values.tobytes())
            except EngineError as error:
                answers.append(str(error))
        return answers

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, thread) for thread in range(8)]
        for _ in range(REPEATS):
            time.sleep(chance.uniform(0.1, 1.0))
            victim = chance.choice([zygote(engine), *workers(engine)])
            if victim in {zygote(engine)} | children(zygote(engine)):
                os.kill(victim, signal.SIGKILL)
        over.set()
        answers = [answer for future in asked for answer in future.result(120)]
    complaints = {answer for answer in answers if isinstance(answer, str)}
    # Whoever is hit twice in one request is told so: by its worker's end, or by the zygote's before it was ready.
    assert all("ended twice" in complaint or "does not start" in complaint for complaint in complaints), complaints
    assert {answer for answer in answers if isinstance(answer, bytes)} == {expected}
    assert engine.ask(Span(TRAINED, 2, 2), ASKED).values.tobytes() == expected
    assert children(zygote(engine)) <= set(workers(engine))


#: A server that answers once and then is busy until it is killed.
SERVER = """
import hashlib
from core.engine.pool import Engine
from core.engine.span import Span
from tests.engines import ENDLESS, whole
from tests.engine.test_faults import ASKED, TRAINED

engine = Engine(time_limit=600)
print(hashlib.sha256(engine.ask(Span(TRAINED, 0, 2), ASKED).values.tobytes()).hexdigest(), flush=True)
engine.ask(whole(ENDLESS), ASKED)
"""


@pytest.mark.parametrize("launcher", ["fork", "spawn"])
def test_the_server_killed(expected: bytes, launcher: str) -> None:
    chance = random.Random(4)
    for _ in range(REPEATS):
        with subprocess.Popen(
            [sys.executable, "-c", SERVER],
            cwd=ROOT,
            env={**os.environ, "PARAMSCOPE_LAUNCHER": launcher},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == hashlib.sha256(expected).hexdigest()
            time.sleep(chance.uniform(0, 0.5))
            below = descendants(process.pid)
            process.kill()
            assert len(below) >= 1
            assert end(below)
