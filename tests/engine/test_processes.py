"""What the engine's processes have and leave behind: nothing of the server's, one thread, no orphan, no torch here."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.engine import channel
from core.engine.pool import Engine, EngineError
from core.engine.processes.forking import Forking
from core.engine.processes.launch import environment as given
from core.engine.processes.spawning import Spawning
from core.questions.model import GetOverview
from core.questions.registry import QUESTIONS
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Train
from tests.engines import drawn, engine_from, fresh_engine, shared_zygote, whole, workers, zygote
from tests.processes import children, comes_true, descendants, descriptors, end, environment, fields, status

ROOT = Path(__file__).parents[2]
#: What the dashboard shows first.
OPENING = whole(Recipe("mlp", steps=MODELS["mlp"].opening))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARAMSCOPE_SECRET", "what only the server knows")
        patch.setenv("PYTHONPATH", "/somewhere/else")
        with fresh_engine(time_limit=60) as started:
            for seed in range(3):
                started.ask(drawn(seed, Train(3)), GetOverview())
            yield started


@pytest.fixture(scope="module")
def family(engine: Engine) -> list[int]:
    """The zygote and its workers, which have trained."""
    return [zygote(engine), *workers(engine)]


class TestAProcessOfTheEngine:
    def test_was_given_nothing_of_the_servers_environment(self, family: list[int]) -> None:
        for pid in family:
            assert environment(pid).keys() <= {"PATH", "LD_LIBRARY_PATH", "LANG", "GLIBC_TUNABLES", "PYTHONMALLOC"} | {
                f"{library}_NUM_THREADS" for library in ("OMP", "MKL", "OPENBLAS")
            }

    def test_computes_with_one_thread(self, family: list[int]) -> None:
        assert [status(pid, "Threads") for pid in family] == ["1"] * 4

    def test_has_no_file_open_but_its_socket(self, family: list[int]) -> None:
        for pid in family:
            beyond = [target for number, target in descriptors(pid).items() if number > 2]
            assert [target.split(":")[0] for target in beyond] == ["socket"], pid

    def test_has_a_socket_of_its_own(self, family: list[int]) -> None:
        sockets = [target for pid in family for number, target in descriptors(pid).items() if number > 2]
        assert len(set(sockets)) == len(family)

    def test_is_not_reached_by_a_ctrl_c_in_the_terminal(self, family: list[int]) -> None:
        assert {fields(pid)[3] for pid in family} == {str(family[0])}, "a session of the zygote's own"

    def test_leaves_no_zombie(self, engine: Engine) -> None:
        with engine_from(engine._launcher, workers=1) as crowded:
            for seed in range(5):
                crowded.ask(drawn(seed), GetOverview())
            ended = workers(crowded)
        assert comes_true(lambda: all(fields(pid) == [] for pid in ended), 2)

    def test_that_is_spawned_was_given_nothing_either(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PARAMSCOPE_SECRET", "what only the server knows")
        spawning = Spawning()
        spawning.start()
        (pid,) = spawning._processes
        assert comes_true(lambda: environment(pid).keys() == given().keys(), 5), "before exec it is a copy of this one"
        spawning.close()


class TestALargeReplyThatNobodyReads:
    def test_does_not_keep_its_worker_alive(self, engine: Engine) -> None:
        worker = engine._launcher.launch()
        large = Recipe("deep_mlp", arguments=(("depth", 16), ("width", 512)))
        channel.send(worker.connection, {"open": [large.to_json(), 0, 0]})
        channel.receive(worker.connection, time.monotonic() + 30)
        channel.send(worker.connection, {"request": "GetWeights", "fields": {}})
        worker.connection.settimeout(30)
        assert worker.connection.recv(1, socket.MSG_PEEK), "it is sending now"
        worker.connection.close()
        assert end([worker.pid], 2)


class TestASystemThatHasNoMore:
    def test_says_so_and_the_next_request_works(self, engine: Engine) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            with pytest.raises(EngineError, match="Too many open files"):
                engine.ask(drawn(11), GetOverview())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert engine.ask(drawn(11), GetOverview()).counts.unique == 49


class TestAZygoteKilled:
    def test_is_replaced_as_fast_as_a_first_start_and_leaves_no_orphan(self) -> None:
        with fresh_engine(time_limit=60) as engine:
            started = time.monotonic()
            expected = engine.ask(drawn(1), GetOverview())
            first_start = time.monotonic() - started
            first = {zygote(engine), *workers(engine)}
            os.kill(zygote(engine), signal.SIGKILL)
            assert end(first, 1)
            started = time.monotonic()
            assert engine.ask(OPENING, GetOverview()).counts == expected.counts
            assert time.monotonic() - started < max(3, 2 * first_start)  # a busy machine starts slowly twice
            assert zygote(engine) not in first

    def test_while_many_ask_costs_nobody_their_answer(self) -> None:
        with engine_from(shared_zygote(), time_limit=60) as engine, ThreadPoolExecutor(8) as pool:
            engine.ask(drawn(0), GetOverview())
            asked = [pool.submit(engine.ask, drawn(seed, Train(20)), GetOverview()) for seed in range(24)]
            asked[2].result(30)
            os.kill(zygote(engine), signal.SIGKILL)
            assert [answer.result(60).counts.unique for answer in asked] == [49] * 24
            assert children(zygote(engine)) <= set(workers(engine))

    @pytest.mark.slow
    def test_before_it_was_ready_is_replaced(self) -> None:
        with fresh_engine(time_limit=60) as engine:
            os.kill(zygote(engine), signal.SIGKILL)
            assert engine.ask(drawn(1), GetOverview()).counts.unique == 49


#: A server with an idle worker and one in a long training; it ends as it is told to.
SERVER = """
import atexit, sys, threading
from core.engine.pool import Engine, EngineError
from core.questions.model import GetOverview
from tests.engines import ENDLESS, drawn, whole

engine = Engine(time_limit=600)
if "orderly" in sys.argv:
    atexit.register(engine.close)
engine.ask(drawn(1), GetOverview())

def train():
    try:
        engine.ask(whole(ENDLESS), GetOverview(), lambda seconds: seconds > 0.2 and busy.set())
    except EngineError:
        pass

busy = threading.Event()
threading.Thread(target=train, daemon=True).start()
busy.wait()
print("busy", flush=True)
sys.stdin.readline()
"""


@contextmanager
def server(launcher: str, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", set[int]]]:
    """A running server and its descendants."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, *arguments],
        cwd=ROOT,
        env={**os.environ, "PARAMSCOPE_LAUNCHER": launcher},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "busy\n", process.communicate()
        below = descendants(process.pid)
        assert len(below) >= (3 if launcher == "fork" else 2)
        try:
            yield process, below
        finally:
            process.kill()


def told(process: "subprocess.Popen[str]") -> None:
    """A normal exit."""
    process.communicate("now\n")


class TestWhenTheServerEnds:
    @pytest.mark.parametrize("launcher", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
    @pytest.mark.parametrize(
        "ending",
        [
            pytest.param(lambda process: process.kill(), id="SIGKILL"),
            pytest.param(lambda process: process.terminate(), id="SIGTERM"),
            pytest.param(told, id="exit without closing", marks=pytest.mark.slow),
        ],
    )
    def test_no_process_outlives_it(self, launcher: str, ending: Callable[["subprocess.Popen[str]"], None]) -> None:
        with server(launcher) as (process, below):
            ending(process)
            assert end(below, 3)

    @pytest.mark.parametrize("launcher", ["fork", "spawn"])
    def test_killed_while_it_starts_leaves_no_process_either(self, launcher: str) -> None:
        environment = {**os.environ, "PARAMSCOPE_LAUNCHER": launcher}
        with subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, env=environment) as process:
            assert comes_true(lambda: descendants(process.pid), 30)
            below = descendants(process.pid)
            process.kill()
            assert end(below, 3)

    @pytest.mark.parametrize("launcher", ["fork", "spawn"])
    def test_in_good_order_it_says_nothing(self, launcher: str) -> None:
        with server(launcher, "orderly") as (process, below):
            _, complaints = process.communicate("now\n")
            assert (process.returncode, complaints) == (0, "")
            assert end(below, 0.5)


#: Every request once, and what of torch is loaded afterwards.
EVERY_REQUEST = """
import json, sys
from core.engine.pool import Engine, EngineError
from core.questions.registry import QUESTIONS
from core.recipe.steps import Subtree
from tests.engines import drawn

engine = Engine(time_limit=60)
arguments = {
    "GetCards": [("0.weight",)], "GetDetail": ["0.weight"], "GetPreview": ["orthogonal", Subtree()],
    "GetReading": ["def f(m): ..."], "GetSourceReading": ["def build(): return nn.Linear(2, 1)"],
    "GetAccess": ["0.weight"], "GetDistance": ["0.weight", "0.weight"], "GetValues": ["0.weight"],
    "GetTheory": [("0.weight",)], "GetIdentity": ["0.weight"], "GetComparison": [Subtree(), ()],
    "GetGallery": ["0.weight"],
    "GetUseGradients": ["0.weight"], "GetTwins": ["0.weight"], "GetEvidence": ["none"],
}

def said(kind):
    try:
        return type(engine.ask(drawn(1), kind(*arguments.get(kind.__name__, ())))).__name__
    except EngineError as error:  # what has to do with ties finds none here
        return str(error)

answered = [said(kind) for kind in QUESTIONS.values()]
engine.close()
print(json.dumps([answered, [name for name in sys.modules if name.partition(".")[0] == "torch"]]))
"""


def test_the_server_never_imports_torch() -> None:
    run = subprocess.run([sys.executable, "-c", EVERY_REQUEST], cwd=ROOT, capture_output=True, text=True, check=True)
    answered, loaded = json.loads(run.stdout)
    assert len(answered) == len(QUESTIONS)
    assert not [answer for answer in answered if "Error" in answer], "nothing is missing in the jail"
    assert loaded == []


def test_a_launcher_that_was_closed_starts_nothing() -> None:
    forking, spawning = Forking(), Spawning()
    for closed in (forking, spawning):
        closed.close()
        closed.start()
    assert forking._process is None
    assert not spawning._processes
