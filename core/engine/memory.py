"""How much memory may still be taken here: of the machine, and of every control group that bounds this process."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_MB = 2**20
#: What is left to everybody else: a tenth of what there is, at most so much.
_RESERVE_PART, _LARGEST_RESERVE = 10, 512 * _MB
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Memory:
    """Bytes that may still be taken, and that there are in all."""

    free: int
    total: int

    @property
    def reserve(self) -> int:
        """What no worker should take."""
        return min(_LARGEST_RESERVE, self.total // _RESERVE_PART)


def memory(root: Path = Path("/")) -> Memory | None:
    """The tightest of all bounds under that root of a file system; None where nothing is said about it."""
    bounds = [*_machine(root), *_groups(root)]
    if not bounds:
        return None
    return Memory(max(0, min(bound.free for bound in bounds)), min(bound.total for bound in bounds))


def _machine(root: Path) -> Iterator[Memory]:
    with contextlib.suppress(OSError, KeyError, ValueError):
        lines = [line.split() for line in (root / "proc/meminfo").read_text().splitlines()]
        said = {line[0]: line[1] for line in lines if len(line) > 1}
        yield Memory(int(said["MemAvailable:"]) * 1024, int(said["MemTotal:"]) * 1024)


def _groups(root: Path) -> Iterator[Memory]:
    """The bounds of this process's group and of those above it, in both versions of control groups.

    systemd's MemoryMax and MemoryHigh are these bounds. In a container the group's own path may not be seen: then its
    folder is the mounted one.
    """
    with contextlib.suppress(OSError, ValueError):
        for line in (root / "proc/self/cgroup").read_text(errors="surrogateescape").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                for mount in ("sys/fs/cgroup", "sys/fs/cgroup/unified"):
                    yield from _chain(root / mount, path, ("memory.max", "memory.high"), "memory.current", "")
            elif "memory" in controllers.split(","):
                names = ("memory.limit_in_bytes",)
                yield from _chain(root / "sys/fs/cgroup/memory", path, names, "memory.usage_in_bytes", "total_")


def _chain(mount: Path, path: str, limits: tuple[str, ...], usage: str, prefix: str) -> Iterator[Memory]:
    folder = mount / path.strip("/")
    for each in (folder, *folder.parents):
        if each != mount and mount not in each.parents:
            return
        if ".." not in each.parts:
            yield from _group(each, limits, usage, prefix)


def _group(folder: Path, limits: tuple[str, ...], usage: str, prefix: str) -> Iterator[Memory]:
    bounds = [bound for name in limits if (bound := _number(folder / name)) is not None]
    used = _number(folder / usage)
    if bounds and used is not None:
        yield Memory(min(bounds) - used + _reclaimable(folder, prefix), min(bounds))


def _reclaimable(folder: Path, prefix: str) -> int:
    """Of what is counted as used, the files that the kernel keeps only as long as nobody wants their memory."""
    with contextlib.suppress(OSError, ValueError):
        lines = (folder / "memory.stat").read_text().splitlines()
        counted = dict(line.split(maxsplit=1) for line in lines)
        return int(counted.get(f"{prefix}inactive_file", 0)) + int(counted.get(f"{prefix}active_file", 0)) // 2
    return 0


def _number(file: Path) -> int | None:
    """What a file says, None where there is none or it says "max"."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


class Guard:
    """What may still be taken, looked at a few times a second at most.

    Args:
        read: tells the memory now.
        now: a clock.
    """

    def __init__(self, read: Callable[[], Memory | None] = memory, now: Callable[[], float] = time.monotonic) -> None:
        self._read, self._now = read, now
        self._looked = -_LOOK_SECONDS * 2
        self._seen: Memory | None = None

    def has_room(self, wanted: int) -> bool:
        """Whether so many bytes can be taken and the reserve is still left."""
        seen = self._look()
        return seen is None or seen.free - seen.reserve >= wanted

    def is_short(self) -> bool:
        """Whether half of the reserve is gone: the next that grows may make the machine swap."""
        seen = self._look()
        return seen is not None and seen.free < seen.reserve // 2

    def _look(self) -> Memory | None:
        now = self._now()
        if now - self._looked > _LOOK_SECONDS or self._seen is None:
            self._looked, self._seen = now, self._read()
        return self._seen
