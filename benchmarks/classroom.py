"""A lesson: 40 people click at once, half of them run code of their own, while 20 more loop for ever.

Run from the repository's root: `python benchmarks/classroom.py`; it takes a quarter of an hour, `--minutes 1` three to
five minutes. The real server is visited over 60 WebSockets, as by browsers, with pauses as people make them (about ten
seconds). Half of the 40 draw schemes on the Initialize page, half write code and run it; all look at other pages and
undo. The 20 submit another endless loop as soon as the last one was stopped. Everybody comes from an address of their
own; with `--one-address` from a single one, as behind a proxy. Linux only, best as root: see `tests.processes.memory`.
The exit status is 1 where a reach is missed:

- a click, from the message to the end of the run of the script: 95th percentile at most 1.5 s; running code: 2 s;
- no error on any page and no connection lost; no step lost: after every click the recipe is what it should be;
- the server and all that it starts take at most 1.5 GB (proportional set size), and two minutes after all have left
  no more than with one visitor at the start, plus 5 % or 50 MB.
"""

import argparse
import asyncio
import contextlib
import ctypes
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.lesson.people import Student, attend, loop_for_ever
from benchmarks.lesson.record import Lesson, percentile, spread
from tests import processes
from tests.running import server
from tests.visiting import visit

STUDENTS, LOOPERS = 40, 20
_MB = 2**20
_BACK_SECONDS = 120.0
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Used:
    """What has been computed until some time, in seconds: by the server, by all, by this client, on all cores."""

    clock: float
    server: float
    started: float
    client: float
    machine: float

    @classmethod
    def now(cls) -> Self:
        """Until now."""
        started = processes.descendants(os.getpid())
        return cls(
            time.monotonic(),
            processes.processor_seconds(processes.children(os.getpid())),
            processes.processor_seconds(started),
            time.process_time(),
            processes.machine_seconds(),
        )

    def since(self, before: Self) -> str:
        """What came after, in a line: where others took much, the other figures say little."""
        took, server, started, client, machine = (
            getattr(self, each.name) - getattr(before, each.name) for each in fields(self)
        )
        return (
            f"{os.cpu_count()} cores for {took:.0f} s; processor seconds: server {server:.0f}, its workers "
            f"{started - server:.0f}, this client {client:.0f}, others {machine - started - client:.0f}"
        )


def taken() -> int:
    """Bytes of all that this process has started."""
    return sum(map(processes.memory, processes.descendants(os.getpid())))


@asynccontextmanager
async def watched(lesson: Lesson) -> AsyncIterator[None]:
    """Meanwhile memory is measured each second, and each minute a line tells how it goes."""

    async def watch() -> None:
        while True:
            lesson.memory.append(await asyncio.to_thread(taken))
            if len(lesson.memory) % 60 == 0:
                print(f"… {lesson.so_far()}, {lesson.memory[-1] / _MB:.0f} MB", flush=True)
            await asyncio.sleep(1)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching  # where measuring failed, that is said


async def alone(url: str) -> int:
    """Bytes taken while one visitor is there who has run code once."""
    lesson = Lesson()
    async with visit(url) as opened:
        first = Student(lesson, opened, -1)
        await first.arrive()
        await first.code()
        await asyncio.sleep(3)
        if lesson.errors or lesson.lost:
            raise SystemExit(f"one visitor alone had errors: {dict(lesson.errors)}")
        return taken()


async def back(most: int) -> float:
    """Seconds until no more than so many bytes are taken; infinite where that is not within two minutes."""
    started = time.monotonic()
    while taken() > most:
        if time.monotonic() - started > _BACK_SECONDS:
            return float("inf")
        await asyncio.sleep(1)
    return time.monotonic() - started


async def hold(lesson: Lesson, url: str, minutes: float) -> None:
    """Everybody comes, works and leaves."""
    lesson.ends = time.monotonic() + 60 * minutes
    async with watched(lesson):
        loops = [asyncio.create_task(loop_for_ever(lesson, url, STUDENTS + number)) for number in range(LOOPERS)]
        await asyncio.gather(*(attend(lesson, url, number, coding=number % 2 == 0) for number in range(STUDENTS)))
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


def reached(what: str, value: float, most: float, unit: str = "") -> bool:
    """Print a figure beside its reach; whether it is reached."""
    print(f"{what}: {value:.4g}{unit}, reach {most:g}{unit}")
    return value <= most


def report(lesson: Lesson, start: int, seconds_back: float) -> bool:
    """Print what happened; whether every reach is met."""
    for error, times in lesson.errors.most_common(12):
        print(f"  {times} times: {error[:300]}")
    print(lesson.table())
    print(f"clicks: {spread(lesson.clicks)}; code: {spread(lesson.times['code'])}")
    print(
        f"those who loop: {lesson.loops} answers, {lesson.sent_away} times sent away; at the start {start / _MB:.0f} MB"
    )
    return all(
        [
            reached("a click, 95th percentile", percentile(lesson.clicks, 95), 1.5, " s"),
            reached("code, 95th percentile", percentile(lesson.times["code"], 95), 2, " s"),
            reached("errors", lesson.errors.total(), 0),
            reached("lost steps", lesson.lost, 0),
            reached("memory at most", max(lesson.memory) / _MB, 1500, " MB"),
            reached("back at the start's memory after", seconds_back, _BACK_SECONDS, " s"),
        ]
    )


def main() -> bool:
    """Whether every reach is met."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--one-address", action="store_true", help="all come from one, as behind a proxy")
    given = arguments.parse_args()
    # Whatever the server starts and does not end itself becomes this process's child, and is still counted.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    lesson = Lesson(one_address=given.one_address)
    with server() as url:
        start = asyncio.run(alone(url))
        before = Used.now()
        asyncio.run(hold(lesson, url, given.minutes))
        print(Used.now().since(before))
        seconds_back = asyncio.run(back(start + max(start // 20, 50 * _MB)))
        print(f"at the end {taken() / _MB:.0f} MB")
    return report(lesson, start, seconds_back)


if __name__ == "__main__":
    sys.exit(not main())
