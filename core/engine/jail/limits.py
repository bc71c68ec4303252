"""What a worker may use of the machine, by whether a visitor's code runs in it."""

import os
from dataclasses import dataclass

_MB = 2**20


@dataclass(frozen=True)
class Limits:
    """Bounds for a worker's whole life.

    Attributes:
        memory: bytes of address space beyond what the zygote has at the fork.
        processor_seconds: a backstop, for requests have a limit of their own in wall-clock time.
        first_to_go: whether the kernel, out of memory, ends it before anything else.
    """

    memory: int
    processor_seconds: int
    first_to_go: bool


#: Of the catalog the largest models take, trained, less than half of this.
WITHOUT_CODE = Limits(memory=4096 * _MB, processor_seconds=3600, first_to_go=False)
#: Measured on a prototype: with 1 GB, a bomb of small objects reached 1.15 GB before it was stopped.
WITH_CODE = Limits(memory=512 * _MB, processor_seconds=60, first_to_go=True)
#: With that it holds up to so much, for it also copies what it shared at the fork, once it writes to it: 692 were seen.
HELD_WITH_CODE = 704 * _MB
#: So many workers that run a person's code may live where memory allows it.
MOST_CODE_PLACES = 24


def limit(limits: Limits) -> None:
    """Bound this process."""
    import resource  # not on Windows, where the server imports this file

    if limits.first_to_go:
        _write("/proc/self/oom_score_adj", b"1000")
    seconds = limits.processor_seconds
    for what, soft, hard in (
        (resource.RLIMIT_AS, _address_space() + limits.memory, None),
        (resource.RLIMIT_CPU, seconds, seconds + 1),  # a signal that names the cause, then one that nothing survives
        (resource.RLIMIT_CORE, 0, None),
    ):
        most = resource.getrlimit(what)[1]  # the operator's own, which may be lower
        bounds = (soft, soft if hard is None else hard)
        resource.setrlimit(what, bounds if most == resource.RLIM_INFINITY else (min(soft, most), min(bounds[1], most)))


def close_files() -> None:
    """No file grows by this process, and few descriptors are left to it."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def _address_space() -> int:
    pages, _, _ = _read("/proc/self/statm").partition(b" ")
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


# Not by `Path`, whose parts, first used in a fresh fork, take a millisecond to copy.


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 4096)
    finally:
        os.close(descriptor)


def _write(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
