"""What is noted of a lesson."""

import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain
from statistics import quantiles


@dataclass
class Lesson:
    """When it ends, where everybody comes from, and what happened.

    Attributes:
        times: seconds of every run of the script, by what was done.
        errors: every sentence that told of one; lost: steps that should be there and are not.
        loops: endless loops that were answered; sent_away: connections of those who loop that the server ended.
        memory: bytes of the server and all that it started, over time.
    """

    ends: float = 0.0
    one_address: bool = False
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    loops: int = 0
    sent_away: int = 0
    memory: list[int] = field(default_factory=list)

    def goes_on(self) -> bool:
        """Whether it is not over."""
        return time.monotonic() < self.ends

    def address(self, session: int) -> str | None:
        """Where that session comes from; None where it does not matter."""
        return None if self.one_address or sys.platform != "linux" else f"127.0.1.{session + 1}"

    @property
    def clicks(self) -> list[float]:
        """Seconds of every run but the first of each session and those of code."""
        return list(chain.from_iterable(self.times[what] for what in self.times if what not in ("open", "code")))

    def so_far(self) -> str:
        """How it goes, in a line."""
        runs = f"{len(self.clicks)} clicks, {len(self.times['code'])} runs of code, {self.loops} loops"
        return f"{runs}, {self.errors.total()} errors, {self.lost} lost steps"

    def table(self) -> str:
        """How long each thing took, a line each."""
        return "\n".join(f"  {what:16} {spread(self.times[what])}" for what in sorted(self.times))


def percentile(values: list[float], which: int) -> float:
    """That percentile; infinite where there are too few values to tell."""
    return quantiles(values, n=100, method="inclusive")[which - 1] if len(values) > 1 else float("inf")


def spread(values: list[float]) -> str:
    """Their number, three percentiles and the largest, in seconds."""
    p50, p95, p99 = (percentile(values, which) for which in (50, 95, 99))
    return f"{len(values):5} p50 {p50:.2f} p95 {p95:.2f} p99 {p99:.2f} longest {max(values, default=0):.2f} s"
