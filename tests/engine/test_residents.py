"""The states a place goes through, with workers made up for it: no process starts here."""

import contextlib
import threading
from collections.abc import Iterator

import pytest

from core.engine.errors import EngineError, StepFailedError
from core.engine.place import State
from core.engine.processes.launch import Worker
from core.engine.residents import Residents
from core.engine.visitor import NOBODY
from tests.engine.made_up import Workers


@pytest.fixture
def launcher() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


def visited(residents: Residents, key: str) -> Worker:
    """The worker of a place that was taken and left in good order."""
    with residents.place(key, NOBODY, 1, None) as resident:
        return resident.worker or residents.launch(resident, None)


def failed(residents: Residents, key: str, error: BaseException) -> None:
    """Something goes wrong in a place."""
    with residents.place(key, NOBODY, 1, None) as resident:
        residents.launch(resident, None)
        raise error


def states(residents: Residents) -> dict[str, State]:
    return {key: resident.state for key, resident in residents._places.items()}


class TestAPlace:
    def test_is_held_then_unused_and_keeps_its_worker(self, launcher: Workers) -> None:
        residents = Residents(launcher, 2)
        with residents.place("a", NOBODY, 1, None) as resident:
            assert states(residents) == {"a": State.HELD}
            assert resident.worker is None
            worker = residents.launch(resident, None)
        assert states(residents) == {"a": State.UNUSED}
        assert visited(residents, "a") is worker
        assert launcher.released == []

    def test_is_ended_when_anything_goes_wrong(self, launcher: Workers) -> None:
        residents = Residents(launcher, 2)
        with pytest.raises(KeyboardInterrupt):
            failed(residents, "a", KeyboardInterrupt())
        assert states(residents) == {}
        assert launcher.released == [(1, False)]

    @pytest.mark.parametrize("runs_code", [False, True])
    def test_has_a_worker_that_may_serve_again_only_where_no_code_runs(
        self, launcher: Workers, runs_code: bool
    ) -> None:
        residents = Residents(launcher, 1, runs_code=runs_code)
        with pytest.raises(StepFailedError):
            failed(residents, "a", StepFailedError(0, "no"))
        visited(residents, "b")
        visited(residents, "c")
        residents.end_unused()
        assert launcher.released == [(1, not runs_code), (2, not runs_code), (3, False)]
        assert launcher.with_code == [runs_code] * 3

    def test_is_free_even_if_its_worker_cannot_be_released(self, launcher: Workers) -> None:
        residents = Residents(launcher, 1)
        visited(residents, "a")
        launcher.refuses_release = True
        with pytest.raises(OSError, match="gone already"):
            residents.end_unused()
        assert states(residents) == {}

    def test_without_a_worker_costs_no_release(self, launcher: Workers) -> None:
        residents = Residents(launcher, 1)
        with residents.place("a", NOBODY, 1, None) as resident:
            residents.launch(resident, None)
            assert residents.ending(resident) == 1, "as the launcher says"
            assert residents.ending(resident) is None
        residents.end_unused()
        assert launcher.released == []

    def test_that_is_being_ended_is_nobody_elses(self, launcher: Workers) -> None:
        residents = Residents(launcher, 2)
        seen: list[dict[str, State]] = []
        launcher.at_release = lambda: seen.append(states(residents))
        for key in "ab":
            visited(residents, key)
        residents.end_unused()
        assert seen == [{"a": State.HELD, "b": State.UNUSED}, {"b": State.HELD}]
        assert states(residents) == {}

    def test_counts_as_unused_from_when_it_is_left(self, launcher: Workers) -> None:
        residents = Residents(launcher, 1)
        with residents.place("a", NOBODY, 1, None) as resident:
            residents.launch(resident, None)
            resident.used -= 100  # taken so many seconds ago
        residents.end_unused(50)
        assert states(residents) == {"a": State.UNUSED}

    def test_unused_for_longest_goes_first(self, launcher: Workers) -> None:
        residents = Residents(launcher, 2)
        for key in ("a", "b", "a", "c"):
            visited(residents, key)
        assert states(residents).keys() == {"a", "c"}
        assert [worker.pid for worker in residents.workers()] == [1, 3]

    def test_held_by_another_is_waited_for(self, launcher: Workers) -> None:
        residents = Residents(launcher, 2)
        waits = threading.Event()
        worker = visited(residents, "a")
        with contextlib.ExitStack() as held:
            held.enter_context(residents.place("a", NOBODY, 1, None))
            found: list[Worker | None] = []

            def ask() -> None:
                with residents.place("a", NOBODY, 60, lambda _: waits.set()) as resident:
                    found.append(resident.worker)

            asking = threading.Thread(target=ask)
            asking.start()
            assert waits.wait(120)
            assert found == []
        asking.join(120)
        assert found == [worker]
        assert len(residents._line) == 0

    def test_that_is_busy_for_too_long_is_given_up(self, launcher: Workers) -> None:
        residents = Residents(launcher, 1)
        with (
            residents.place("a", NOBODY, 1, None),
            pytest.raises(EngineError, match=r"^too many models are being computed right now"),
            residents.place("b", NOBODY, 0, None),
        ):
            pass
        assert len(residents._line) == 0

    def test_is_refused_at_once_where_the_queue_is_full(
        self, launcher: Workers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("core.engine.fairness.line._OF_ALL", 0)
        residents = Residents(launcher, 1)
        with (
            residents.place("a", NOBODY, 1, None),
            pytest.raises(EngineError, match=r"^too many models are being computed right now"),
            residents.place("b", NOBODY, 600, None),
        ):
            pass
        visited(residents, "b")
        assert states(residents) == {"b": State.UNUSED}
