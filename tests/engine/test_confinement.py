"""What a process has given up once it is in the jail, layer by layer, and that each probe can tell a yes from a no."""

import errno
import io
import mmap
import os
import socket
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core.engine.jail import limits, parent_death, privileges, probes, selftest
from core.engine.jail.confinement import LAYERS, Jail
from core.engine.jail.limits import Limits
from core.engine.jail.probes import PROBES
from tests.engine import confined

MEMORY = "take 10 GB of memory"
told = cache(confined.told)
#: Whether root is root, and not a user who plays it in a container that knows no other.
HAS_USERS = "4294967295" in Path("/proc/self/uid_map").read_text()
AS_ROOT = HAS_USERS and os.geteuid() == 0


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    """Told from inside where landlock and seccomp, which would refuse the questions, are left out."""
    return told("facts", "landlock", "seccomp")


def bounds(text: str, name: str) -> tuple[str, str]:
    """Soft and hard limit in the text of /proc/PID/limits."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    soft, hard, *_ = line[len(name) :].split()
    return soft, hard


class TestAProcessInTheJail:
    def test_cannot_be_looked_into_by_others_of_the_same_user(self, facts: dict[str, Any]) -> None:
        assert facts["dumpable"] == 0

    def test_can_gain_no_privileges(self, facts: dict[str, Any]) -> None:
        assert facts["no new privileges"] == 1

    def test_has_no_capability_and_cannot_get_one(self) -> None:
        masks = [line.split(":\t") for line in told("facts")["status"].splitlines() if line.startswith("Cap")]
        assert {name for name, _ in masks} == {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}
        assert {name: mask for name, mask in masks if int(mask, 16) and (name != "CapBnd" or AS_ROOT)} == {}

    def test_is_nobody_where_the_server_is_root(self) -> None:
        lines = dict(line.split(":\t", 1) for line in told("facts")["status"].splitlines())
        user, group = (privileges.NOBODY,) * 2 if AS_ROOT else (os.getuid(), os.getgid())
        assert lines["Uid"].split() == [str(user)] * 4
        assert lines["Gid"].split() == [str(group)] * 4
        assert not lines["Groups"].split() or not AS_ROOT

    def test_may_start_no_process(self) -> None:
        assert bounds(told("facts")["limits"], "Max processes") == ("0", "0")

    def test_is_killed_when_its_parent_ends(self, facts: dict[str, Any]) -> None:
        assert facts["signal at the parent's death"] == 9

    def test_whose_parent_has_ended_already_ends_at_once(self) -> None:
        assert told("orphan") == {"exit code": 0}

    def test_has_an_empty_environment(self, facts: dict[str, Any]) -> None:
        assert facts["environment"] == {}

    def test_has_no_file_but_its_connection_and_three_that_lead_nowhere(self, facts: dict[str, Any]) -> None:
        *standard, connection = facts["files"].items()
        assert standard == [("0", "/dev/null"), ("1", "/dev/null"), ("2", "/dev/null")]
        assert connection[0] == "3"
        assert facts["standard files"] == ["rw", "rw", "rw"]
        assert connection[1].startswith("socket:")

    def test_goes_first_when_memory_ends(self, facts: dict[str, Any]) -> None:
        assert facts["out-of-memory score"] == "1000"

    def test_has_its_memory_beyond_what_it_had(self, facts: dict[str, Any]) -> None:
        soft, hard = facts["memory"]
        assert soft == hard
        assert 0 <= soft - facts["address space before"] - confined.BOUNDS.memory < 16 * 2**20

    def test_is_told_a_second_before_its_processor_time_ends(self, facts: dict[str, Any]) -> None:
        assert facts["processor"] == [7, 8]

    def test_dumps_no_core(self, facts: dict[str, Any]) -> None:
        assert bounds(facts["limits"], "Max core file size") == ("0", "0")

    def test_may_let_no_file_grow_and_open_few(self) -> None:
        found = told("facts")["limits"]
        assert bounds(found, "Max file size") == ("0", "0")
        assert bounds(found, "Max open files") == ("16", "16")

    def test_serves_without_the_layers_that_its_kernel_refuses_for_the_self_test_to_tell(self) -> None:
        found = told("refused")
        assert found["exit code"] == 7, "it has answered, and was looked at"
        assert "Seccomp:\t0" in found["status"]

    def test_is_under_a_filter_of_system_calls(self) -> None:
        lines = dict(line.split(":\t") for line in told("facts")["status"].splitlines())
        assert (lines["NoNewPrivs"], lines["Seccomp"]) == ("1", "2")


class TestTheSelfTest:
    def test_is_passed(self) -> None:
        assert set(told("probes")["refused"]) == set(PROBES)

    def test_is_passed_without_landlock(self) -> None:
        assert set(told("probes", "landlock")["refused"]) == set(PROBES)

    @pytest.mark.skipif(not Jail.prepared().landlock, reason="this kernel has no Landlock")
    def test_tells_what_landlock_alone_lets_through(self) -> None:
        through = set(PROBES) - set(told("probes", "seccomp")["refused"])
        assert {"start a program", "send over UDP", "look up a file", "read another process's clock"} <= through
        assert not {"read a file", "write a file", "list a directory", MEMORY} & through

    def test_tells_what_is_refused_for_want_of_privileges_alone(self) -> None:
        kept = set(told("probes", "landlock", "seccomp")["refused"])
        assert {"change its root folder", "go before others", "take root's capabilities"} <= kept
        assert "take away its limits" in kept
        assert not HAS_USERS or {"become root", "start a process", "start a thread"} <= kept
        assert not AS_ROOT or {"copy the memory of another process", "trace another process"} <= kept
        assert not {"list a directory", "send over UDP", "set up io_uring"} & kept

    @pytest.mark.skipif(not AS_ROOT, reason="only root may do all of it")
    def test_tells_what_a_jail_without_layers_lets_through(self) -> None:
        kept = set(told("probes", *LAYERS)["refused"])
        assert kept <= {MEMORY, "take away its limits", "take root's capabilities", "handle its page faults itself"}
        assert MEMORY in kept


def raises(error: BaseException) -> Callable[[], object]:
    def attempt() -> None:
        raise error

    return attempt


class TestAProbe:
    @pytest.mark.parametrize(
        ("attempt", "refused"),
        [
            (raises(PermissionError(errno.EPERM, "no")), True),
            (raises(PermissionError(errno.EACCES, "no")), True),
            (raises(OSError(errno.ENOMEM, "no")), True),
            (raises(RuntimeError("can't start new thread")), True),
            (raises(BlockingIOError(errno.EAGAIN, "no more processes")), True),
            (raises(OSError(errno.ECONNREFUSED, "nobody there")), False),
            (raises(FileNotFoundError(errno.ENOENT, "nothing there")), False),
            (raises(RuntimeError("something else")), False),
            (int, False),
        ],
    )
    def test_is_refused_only_by_a_no_of_the_system(self, attempt: Callable[[], object], refused: bool) -> None:
        assert selftest.refused(attempt) is refused

    @pytest.mark.parametrize(
        ("probe", "owner", "act"),
        [
            ("write a file", Path, "open"),
            ("list a directory", os, "listdir"),
            ("open a TCP connection", socket.socket, "connect"),
            ("send over UDP", socket.socket, "sendto"),
            ("connect to a Unix socket", socket.socket, "connect"),
            ("look up a file", os, "stat"),
            ("rename a file", os, "rename"),
            ("delete a file", os, "unlink"),
            ("listen for TCP connections", socket.socket, "bind"),
            ("start a process", os, "fork"),
            ("start a program", os, "execv"),
            ("start a thread", threading.Thread, "start"),
            ("signal another process", os, "kill"),
            (MEMORY, mmap, "mmap"),
        ],
    )
    def test_does_what_it_says(self, probe: str, owner: object, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
        done: list[str] = []

        def refuse(*_: object, **__: object) -> None:
            done.append(act)
            raise PermissionError

        monkeypatch.setattr(owner, act, refuse)
        assert selftest.refused(lambda: PROBES[probe](1))
        assert done == [act]

    def test_that_reads_asks_the_kernel_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Path, "open", lambda *_: raises(PermissionError())())
        assert not selftest.refused(lambda: probes._read(1)), "Python alone said no"

    @pytest.mark.parametrize("within_reach", ["environ", "mem"])
    def test_of_the_parents_memory_is_refused_only_where_both_are(
        self, within_reach: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def opened(path: Path, *_: object) -> io.BytesIO:
            if path.name != within_reach:
                raise PermissionError
            return io.BytesIO()

        monkeypatch.setattr(Path, "open", opened)
        assert not selftest.refused(lambda: probes._memory(1))


class TestTheBounds:
    def test_of_code_are_half_a_gigabyte_and_a_minute(self) -> None:
        assert Limits(memory=512 * 2**20, processor_seconds=60, first_to_go=True) == limits.WITH_CODE

    def test_of_the_catalogs_models_are_four_gigabytes_and_an_hour(self) -> None:
        assert Limits(memory=4 * 2**30, processor_seconds=3600, first_to_go=False) == limits.WITHOUT_CODE


def test_a_process_outlived_by_its_parent_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    class Library:
        def prctl(self, option: int, signal: Any, *_: int) -> None:
            asked.append((option, signal.value))

    monkeypatch.setattr("ctypes.CDLL", lambda _: Library())
    parent_death.end_with(os.getppid())
    assert asked == [(1, 9)], "a signal that cannot be caught, at the parent's end"
