"""An engine that nobody holds any more leaves no process behind."""

import gc
import os
import sys
import time

import pytest

from core.engine.pool import Engine
from core.questions.model import GetOverview
from tests.engines import drawn
from tests.processes import children


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_a_lost_engine_ends_its_processes() -> None:
    before = children(os.getpid())
    engine = Engine()
    engine.ask(drawn(1), GetOverview())
    engine.isolation()  # its thread holds the engine while the self-test runs
    started = children(os.getpid()) - before
    assert started
    deadline = time.monotonic() + 120  # on the busiest machine
    del engine
    while children(os.getpid()) & started:
        gc.collect()
        assert time.monotonic() < deadline, "its processes are still there"
        time.sleep(0.05)
