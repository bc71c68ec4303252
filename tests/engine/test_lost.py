"""An engine that nobody holds any more leaves no process behind."""

import gc
import sys
import time
from pathlib import Path

import pytest

from core.engine.pool import Engine
from core.questions.model import GetOverview
from tests.engines import drawn


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_a_lost_engine_ends_its_processes() -> None:
    before = _children()
    engine = Engine()
    engine.ask(drawn(1), GetOverview())
    engine.isolation()  # its thread holds the engine while the self-test runs
    started = _children() - before
    assert started
    deadline = time.monotonic() + 120  # on the busiest machine
    del engine
    while _children() & started:
        gc.collect()
        assert time.monotonic() < deadline, "its processes are still there"
        time.sleep(0.05)


def _children() -> set[int]:
    """What this process started, and has not ended yet."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            if "Z" not in Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]:
                found.add(int(child))
    return found
