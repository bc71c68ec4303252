"""What the engine's processes have and leave behind: nothing of the server's, one thread, no orphan."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.engine import channel
from core.engine.pool import Engine
from core.engine.processes import forking as zygotes
from core.engine.processes.forking import Forking
from core.engine.processes.launch import Worker
from core.engine.processes.launch import environment as given
from core.engine.processes.spawning import Spawning
from core.questions.model import GetOverview
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Train
from tests.engines import drawn, engine_from, fresh_engine, shared_zygote, whole, workers, zygote
from tests.processes import children, comes_true, descriptors, end, environment, fields, status

#: What the dashboard shows first.
OPENING = whole(Recipe("mlp", steps=MODELS["mlp"].opening))
#: What a process of the engine may have in its environment, of all that this one has.
GIVEN = {"PATH", "LD_LIBRARY_PATH", "LANG", "GLIBC_TUNABLES", "PYTHONMALLOC"} | {
    f"{library}_NUM_THREADS" for library in ("OMP", "MKL", "OPENBLAS")
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), time_limit=60) as started:
        for seed in range(3):
            started.ask(drawn(seed, Train(3)), GetOverview())
        yield started


@pytest.fixture(scope="module")
def family(engine: Engine) -> list[int]:
    """The zygote and its workers, which have trained."""
    return [zygote(engine), *workers(engine)]


class TestAProcessOfTheEngine:
    def test_was_given_nothing_of_the_servers_environment(self, family: list[int]) -> None:
        assert os.environ.keys() - GIVEN, "there is something to leave out, such as HOME"
        for pid in family:
            assert environment(pid).keys() <= GIVEN

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
        assert comes_true(lambda: all(fields(pid) == [] for pid in ended))

    def test_that_is_spawned_was_given_nothing_either(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PARAMSCOPE_SECRET", "what only the server knows")
        spawning = Spawning()
        spawning.start()
        (pid,) = spawning._processes
        assert comes_true(lambda: environment(pid).keys() == given().keys()), "before exec it is a copy of this one"
        spawning.close()


class TestALargeReplyThatNobodyReads:
    def test_does_not_keep_its_worker_alive(self, engine: Engine) -> None:
        worker = engine._launcher.launch()
        large = Recipe("deep_mlp", arguments=(("depth", 16), ("width", 512)))
        channel.send(worker.connection, {"open": [large.to_json(), 0, 0]})
        channel.receive(worker.connection, time.monotonic() + 120)
        channel.send(worker.connection, {"request": "GetWeights", "fields": {}})
        worker.connection.settimeout(120)
        assert worker.connection.recv(1, socket.MSG_PEEK), "it is sending now"
        worker.connection.close()
        assert end([worker.pid])


class TestAZygoteKilled:
    def test_while_many_ask_is_replaced_costs_nobody_their_answer_and_leaves_no_orphan(self) -> None:
        with engine_from(shared_zygote(), time_limit=60) as engine, ThreadPoolExecutor(8) as pool:
            expected = engine.ask(OPENING, GetOverview())
            asked = [pool.submit(engine.ask, drawn(seed, Train(20)), GetOverview()) for seed in range(24)]
            asked[2].result()
            first = {zygote(engine), *children(zygote(engine))}
            os.kill(zygote(engine), signal.SIGKILL)
            assert [answer.result().counts.unique for answer in asked] == [49] * 24
            assert end(first)
            assert zygote(engine) not in first
            assert children(zygote(engine)) <= set(workers(engine))
            engine._answers.clear()
            assert engine.ask(OPENING, GetOverview()).counts == expected.counts

    @pytest.mark.slow
    def test_before_it_was_ready_is_replaced(self) -> None:
        with fresh_engine(time_limit=60) as engine:
            os.kill(zygote(engine), signal.SIGKILL)
            assert engine.ask(drawn(1), GetOverview()).counts.unique == 49


class TestAZygoteStoppedByASignal:
    def test_is_given_up_within_seconds_and_replaced(self) -> None:
        with fresh_engine(time_limit=60) as engine:
            engine.ask(drawn(1), GetOverview())
            first = zygote(engine)
            os.kill(first, signal.SIGSTOP)
            noticed: list[float] = []

            def waiting(seconds: float) -> None:
                if zygote(engine) != first:
                    noticed.append(seconds)

            assert engine.ask(drawn(2), GetOverview(), waiting).counts.unique == 49
            assert noticed[0] < 5
            assert end([first])

    def test_for_a_moment_only_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(zygotes, "_STOPPED_SECONDS", 30.0)  # a busy machine may let it go on late
        with fresh_engine(time_limit=60) as engine:
            engine.ask(drawn(1), GetOverview())
            first = zygote(engine)
            os.kill(first, signal.SIGSTOP)
            threading.Timer(0.3, os.kill, (first, signal.SIGCONT)).start()
            assert engine.ask(drawn(2), GetOverview()).counts.unique == 49
            assert zygote(engine) == first


class TestAPausedWorker:
    def test_computes_nothing_until_it_is_resumed_and_its_number_reaches_nobody_else(self) -> None:
        forking = shared_zygote()
        worker = forking.launch()
        assert forking.pause(worker)
        assert comes_true(lambda: fields(worker.pid)[0] == "T")
        channel.send(worker.connection, {"open": [OPENING.recipe.to_json(), 0, 1]})
        with pytest.raises(channel.DeadlineError):
            channel.receive(worker.connection, time.monotonic() + 0.3)
        forking.resume(worker)
        channel.receive(worker.connection, time.monotonic() + 120)
        forking.pause(worker)
        forking.release(worker, reusable=False)
        assert end([worker.pid])
        assert not forking.pause(Worker(os.getpid(), worker.connection)), "not a child of the zygote's"
        assert fields(os.getpid())[0] != "T"


def test_a_launcher_that_was_closed_starts_nothing() -> None:
    forking, spawning = Forking(), Spawning()
    for closed in (forking, spawning):
        closed.close()
        closed.start()
    assert forking._process is None
    assert not spawning._processes
