"""How much memory there is, from trees of files as kernels, containers and systemd write them; and what follows."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.engine.errors import CrowdedError, StoppedError
from core.engine.memory import Guard, Memory, memory
from core.engine.residents import Residents
from core.engine.visitor import NOBODY
from core.recipe.cost import Cost
from tests.engine.made_up import Clock, Workers

GB, MB = 2**30, 2**20
MACHINE: dict[str, object] = {
    "proc/meminfo": "MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable: 8388608 kB\nHugePages_Total: 0\n"
}
UNLIMITED = 9223372036854771712


def read(root: Path, *files: Mapping[str, object]) -> Memory | None:
    """What is read where a file system holds these files."""
    for name, content in {name: content for each in files for name, content in each.items()}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    return memory(root)


def v2(folder: str, limit: object, used: int, **more: object) -> dict[str, object]:
    """A group of the second version."""
    names = {"memory.max": limit, "memory.current": used, **{f"memory.{key}": value for key, value in more.items()}}
    return {f"sys/fs/cgroup/{folder}{name}": value for name, value in names.items()}


def v1(folder: str, limit: object, used: int, inactive: int = 0) -> dict[str, object]:
    """A group of the first."""
    return {
        f"sys/fs/cgroup/memory/{folder}memory.limit_in_bytes": limit,
        f"sys/fs/cgroup/memory/{folder}memory.usage_in_bytes": used,
        f"sys/fs/cgroup/memory/{folder}memory.stat": f"cache 7\ninactive_file 1\ntotal_inactive_file {inactive}",
    }


class TestMemory:
    def test_is_the_machines_where_nothing_else_bounds(self, tmp_path: Path) -> None:
        assert read(tmp_path, MACHINE) == Memory(8 * GB, 16 * GB)
        assert read(tmp_path, MACHINE, {"proc/self/cgroup": "0::/"}) == Memory(8 * GB, 16 * GB)

    def test_is_unknown_where_nobody_tells(self, tmp_path: Path) -> None:
        assert read(tmp_path) is None
        assert read(tmp_path, {"proc/meminfo": "nonsense"}) is None

    def test_in_a_container_is_its_own(self, tmp_path: Path) -> None:
        found = read(tmp_path, MACHINE, {"proc/self/cgroup": "0::/"}, v2("", 2 * GB, 512 * MB))
        assert found == Memory(2 * GB - 512 * MB, 2 * GB)

    def test_of_a_group_leaves_out_files_that_are_kept_until_wanted(self, tmp_path: Path) -> None:
        stat = {"sys/fs/cgroup/memory.stat": f"anon 1\ninactive_file {256 * MB}\nactive_file {256 * MB}"}
        found = read(tmp_path, MACHINE, {"proc/self/cgroup": "0::/"}, v2("", 2 * GB, 1 * GB), stat)
        assert found == Memory(1 * GB + 384 * MB, 2 * GB)

    @pytest.mark.parametrize(("highest", "bound"), [("max", 4), (3 * GB, 3)])
    def test_of_systemd_is_the_tightest_of_a_service_and_the_slices_above(
        self, tmp_path: Path, highest: object, bound: int
    ) -> None:
        found = read(
            tmp_path,
            MACHINE,
            {"proc/self/cgroup": "0::/system.slice/paramscope.service"},
            v2("system.slice/paramscope.service/", "max", 100 * MB, high=highest),
            v2("system.slice/", 4 * GB, 1 * GB),
        )
        assert found == Memory(min(3 * GB, bound * GB - 100 * MB) if bound == 3 else 3 * GB, bound * GB)

    def test_of_the_first_version_is_that_of_the_group_and_of_those_above(self, tmp_path: Path) -> None:
        found = read(
            tmp_path,
            MACHINE,
            {"proc/self/cgroup": "9:cpu,cpuacct:/a\n4:memory:/docker/abc\n0::/"},
            v1("docker/abc/", 1 * GB, 300 * MB, inactive=100 * MB),
            v1("docker/", UNLIMITED, 300 * MB),
            v1("", UNLIMITED, 5 * GB),
        )
        assert found == Memory(1 * GB - 200 * MB, 1 * GB)

    def test_in_a_container_that_does_not_see_its_own_path_is_the_mounted_one(self, tmp_path: Path) -> None:
        for path in ("/docker/abc", "/../../kubepods/x"):
            found = read(tmp_path, MACHINE, {"proc/self/cgroup": f"4:memory:{path}"}, v1("", 1 * GB, 1 * MB))
            assert found == Memory(1 * GB - 1 * MB, 1 * GB)

    def test_is_never_less_than_nothing(self, tmp_path: Path) -> None:
        found = read(tmp_path, MACHINE, {"proc/self/cgroup": "0::/"}, v2("", 1 * GB, 2 * GB))
        assert found == Memory(0, 1 * GB)

    def test_of_this_machine_is_something(self) -> None:
        found = memory()
        assert found is None or 0 < found.free <= found.total


class Machine:
    """Memory that a test takes and gives back, looked at anew each time."""

    def __init__(self, free: int, total: int = 4 * GB) -> None:
        self.free, self.total = free, total
        self.clock = Clock()
        self.guard = Guard(lambda: Memory(self.free, self.total), self._now)

    def _now(self) -> float:
        self.clock.now += 1
        return self.clock.now


class TestPlaces:
    @pytest.mark.parametrize(("free", "places"), [(0.5, 2), (1, 2), (2.6, 3), (4, 5), (100, 8)])
    def test_for_code_are_as_many_as_there_is_memory_for_if_each_takes_all_it_may(
        self, free: float, places: int
    ) -> None:
        workers, machine = Workers(), Machine(int(free * GB))
        residents = Residents(workers, 8, runs_code=True, guard=machine.guard)
        taken = []
        try:
            for number in range(9):
                place = residents.place(number, NOBODY, 0, None)
                residents.launch(place.__enter__(), None)
                taken.append(place)
        except CrowdedError:
            pass
        assert len(taken) == places
        for place in taken:
            place.__exit__(None, None, None)
        workers.close()

    def test_of_unused_workers_are_ended_before_anybody_is_refused(self) -> None:
        workers, machine = Workers(), Machine(3 * GB)
        residents = Residents(workers, 8, guard=machine.guard)
        large = Cost((), GB)
        for key in range(5):
            with residents.place(key, NOBODY, 1, None, large) as resident:
                residents.launch(resident, None)
        machine.free = 100 * MB

        def gives_back() -> None:
            machine.free += GB

        workers.at_release = gives_back
        with residents.place("new", NOBODY, 1, None, large) as resident:
            residents.launch(resident, None)
            assert len(residents) < 6
        workers.close()

    def test_are_refused_with_a_sentence_where_there_is_none_left(self) -> None:
        workers, machine = Workers(), Machine(50 * MB)
        residents = Residents(workers, 8, guard=machine.guard)
        relieved = []
        residents._relieve = lambda: relieved.append(True)
        with (
            pytest.raises(CrowdedError, match=r"^this server's memory is short right now; wait a few seconds"),
            residents.place("key", NOBODY, 0, None),
        ):
            pass
        assert relieved, "unused workers of the other kind were ended first"
        workers.close()


class TestWorkThatGrows:
    @pytest.mark.parametrize(("runs_code", "error"), [(True, StoppedError), (False, CrowdedError)])
    def test_ends_if_it_is_the_largest_when_memory_runs_short(self, runs_code: bool, error: type[Exception]) -> None:
        workers, machine = Workers(), Machine(3 * GB)
        residents = Residents(workers, 8, runs_code=runs_code, guard=machine.guard)
        with (
            residents.place("small", NOBODY, 1, None) as small,
            residents.place("large", NOBODY, 1, None) as large,
        ):
            for resident, held in ((small, 50 * MB), (large, 2 * GB)):
                workers.held_by[residents.launch(resident, None).pid] = held
            workers.computed = 0
            with residents.at_work(small, 20, None) as small_waits, residents.at_work(large, 20, None) as large_waits:
                small_waits(1)
                large_waits(1)
                machine.free = 150 * MB
                small_waits(2)
                with pytest.raises(error, match="memory runs short"):
                    large_waits(2)
        workers.close()


@pytest.mark.parametrize(
    "said", [b"nothing of the kind\n0:\n", b"0::/caf\xe9\n"], ids=["garbled", "bytes that are no text"]
)
def test_a_group_that_cannot_be_read_bounds_nothing(tmp_path: Path, said: bytes) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/meminfo").write_text("MemTotal: 8000 kB\nMemAvailable: 6000 kB\n")
    (tmp_path / "proc/self/cgroup").write_bytes(said)
    assert memory(tmp_path) == Memory(6000 * 1024, 8000 * 1024)
