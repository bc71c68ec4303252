"""Faults while code is at work: a worker or the zygote dies, a layer of the jail is missing, 40 sessions come."""

import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.code.command_line import parse, to_environment
from core.engine.errors import EngineError
from core.engine.jail.probes import PROBES
from core.engine.pool import Engine
from core.engine.processes.forking import Forking
from core.questions.code import GetOwnFiles
from core.questions.model import GetOverview
from core.questions.tensor import GetValues
from tests.custom import ENDLESS, good, running
from tests.engines import drawn, engine_from, fresh_engine, shared_zygote, workers, zygote
from tests.processes import children, end

ROOT = Path(__file__).parents[2]
ASKED = GetValues("0.weight")
#: Fifty times in the whole suite, some once in the quick one, too: what is quick and not tested elsewhere.
FIFTY = pytest.param(50, marks=pytest.mark.slow)
repeats = pytest.mark.parametrize("repeats", [1, FIFTY])
often = pytest.mark.parametrize("repeats", [FIFTY])


@pytest.fixture
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), time_limit=60, code_time_limit=30, cache_bytes=0) as started:
        started.ask(good(99), GetOverview())
        yield started


@repeats
def test_a_worker_killed_while_its_code_runs_is_told_at_once(engine: Engine, repeats: int) -> None:
    chance, expected = random.Random(1), engine.ask(good(1), ASKED)
    for number in range(repeats):
        at, killed = chance.uniform(0, 0.3), set[int]()

        def waiting(seconds: float, at: float = at, killed: set[int] = killed) -> None:
            if seconds >= at and not killed and (working := engine._code.workers()):
                os.kill(working[-1].pid, signal.SIGKILL)
                killed.add(working[-1].pid)

        with pytest.raises(EngineError, match="was killed, most likely because memory ran out; nothing was changed"):
            engine.ask(running(ENDLESS, number), GetOverview(), waiting)
        assert end(killed)
        assert engine.ask(good(1), ASKED).values.tobytes() == expected.values.tobytes()


@often
def test_the_zygote_killed_while_code_runs_costs_seconds_and_leaves_nothing(engine: Engine, repeats: int) -> None:
    chance, expected, seconds = random.Random(2), engine.ask(drawn(1), ASKED), []
    for number in range(repeats):
        killed: list[int] = []
        started = time.monotonic()

        def waiting(seconds: float, at: float = chance.uniform(0, 0.3), killed: list[int] = killed) -> None:
            if seconds >= at and not killed and engine._code.workers():
                killed.extend([zygote(engine), *children(zygote(engine))])
                os.kill(zygote(engine), signal.SIGKILL)

        code = running("import time\ntime.sleep(0.8)\nnet[0].weight.data.fill_(7)", number)
        assert (engine.ask(code, ASKED, waiting).values == 7).all()
        seconds.append(time.monotonic() - started - 0.8)  # of its own sleep
        assert len(killed) >= 2
        assert end(killed)
        assert engine.ask(drawn(1), ASKED).values.tobytes() == expected.values.tobytes()
        assert children(zygote(engine)) <= set(workers(engine))
    print(f"answered again after {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s")


@often
def test_endless_loops_given_up_leave_no_process(engine: Engine, repeats: int) -> None:
    engine.code_time_limit = 0.3
    for number in range(repeats):
        seen: set[int] = set()

        def waiting(_seconds: float, seen: set[int] = seen) -> None:
            seen.update(workers(engine))

        with pytest.raises(EngineError, match=r"^the code took longer than 0\.3 seconds and was stopped"):
            engine.ask(running(ENDLESS, number), GetOverview(), waiting)
        assert end(seen - set(workers(engine)))


@often
@pytest.mark.parametrize("layer", ["landlock", "seccomp"])
def test_a_layer_that_is_missing_is_noticed_where_it_counts(layer: str, repeats: int) -> None:
    for number in range(repeats):
        forking = Forking((layer,))
        with engine_from(forking, time_limit=60, code_time_limit=30) as engine:
            found = engine.isolation()
            if layer == "landlock":
                assert (found.mode, found.passed) == ("isolated", len(PROBES))
                assert engine.ask(good(number), GetOverview()).counts.unique == 49
            else:
                assert found.mode == "off"
                with pytest.raises(EngineError, match="custom code is refused: the jail does not hold"):
                    engine.ask(good(number), GetOverview())
                assert engine.ask(drawn(number), GetOverview()).counts.unique == 49
        forking.close()


@repeats
def test_forty_sessions_reload_at_the_same_moment(repeats: int) -> None:
    spans = [good(seed) if seed % 2 else drawn(seed) for seed in range(8)]
    with engine_from(shared_zygote(), time_limit=60, code_time_limit=30, cache_bytes=0) as engine:
        expected = [engine.ask(span, ASKED).values.tobytes() for span in spans]
        for _ in range(repeats):
            engine._end_unused()  # as after a restart
            with ThreadPoolExecutor(40) as pool:
                answers = list(pool.map(lambda tab: engine.ask(spans[tab % 8], ASKED).values.tobytes(), range(40)))
            assert answers == [expected[tab % 8] for tab in range(40)]


#: A server that may open 256 files, and 40 sessions of it with code and without.
FEW_FILES = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from concurrent.futures import ThreadPoolExecutor
from core.engine.pool import Engine
from core.questions.model import GetOverview
from tests.custom import good
from tests.engines import drawn

engine = Engine(time_limit=60, code_time_limit=30)
def ask(seed):
    return engine.ask((good if seed % 2 else drawn)(seed), GetOverview()).counts.unique
with ThreadPoolExecutor(40) as pool:
    print(set(pool.map(ask, range(REPEATS * 40))))
engine.close()
"""


@often
def test_256_open_files_are_enough_for_forty_sessions(repeats: int) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FEW_FILES.replace("REPEATS", str(repeats))], cwd=ROOT, capture_output=True, text=True
    )
    assert (run.stdout, run.stderr) == ("{49}\n", "")


@often
def test_no_memory_is_left_to_code_that_is_stopped(engine: Engine, repeats: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(repeats):
        with pytest.raises(EngineError, match=r"more memory than code may take|killed|took longer"):
            engine.ask(running("x = [net]\nwhile True: x.append(bytearray(10**6))", number), GetOverview())
        assert engine.ask(drawn(number), GetOverview()).counts.unique == 49
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 50_000


#: Files of an operator that raise, print a gigabyte, and start a thread.
BAD_FILES = {
    "raises.py": "x = 1\n1 / 0",
    "prints.py": "for _ in range(1000): print('x' * 10**6)\ndef init(m): ...",
    "starts.py": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
}


@often
def test_an_operators_bad_files_cost_a_sentence_each(
    repeats: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = []
    for name, text in BAD_FILES.items():
        (tmp_path / name).write_text(text)
        arguments += ["--init", str(tmp_path / name)]
    (variable, specs), *_ = to_environment(parse(arguments)).items()
    monkeypatch.setenv(variable, specs)
    for number in range(repeats):
        with fresh_engine(time_limit=60, code_time_limit=30) as engine:
            files = engine.ask(drawn(number), GetOwnFiles())
            assert [init.name for init in files.inits] == ["prints.py:init"]
            raises, starts = files.complaints
            assert "raises.py cannot be imported: raises.py line 2: ZeroDivisionError" in raises
            assert "starts a thread" in starts
            assert engine.isolation().passed == len(PROBES)
            assert engine.ask(good(number), GetOverview()).counts.unique == 49
