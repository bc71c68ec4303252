"""A server has as many files open as its system allows, and says so where that is too few; what it holds is bounded."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RAISED = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, BOUNDS)
from core.engine.descriptors import make_room
make_room()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
#: Of forty visitors each with a recipe of their own, what is open afterwards beyond what was before.
VISITORS = """
import os
from core.engine.pool import Engine
from core.engine.visitor import Visitor
from core.questions.model import GetOverview
from tests.engines import drawn, shared_zygote
engine = Engine(source=shared_zygote(), workers=3)
engine.ask(drawn(0), GetOverview())
before = len(os.listdir("/proc/self/fd"))
for number in range(40):
    engine.ask(drawn(number), GetOverview(), None, Visitor(str(number), "one address"))
print(len(os.listdir("/proc/self/fd")) - before)
engine.close()
"""


def run(script: str) -> tuple[str, str]:
    """What it prints, and what it complains about."""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize(
    ("bounds", "soft"), [("(64, 1000)", "1000"), ("(1024, 9000)", "8192"), ("(8500, 9000)", "8500")]
)
def test_the_bound_is_raised_as_far_as_may_be_and_never_lowered(bounds: str, soft: str) -> None:
    assert run(RAISED.replace("BOUNDS", bounds)) == (soft, "")


def test_too_few_are_told_on_the_terminal() -> None:
    found, told = run(RAISED.replace("BOUNDS", "(100, 100)"))
    assert found == "100"
    assert told == "Paramscope may have only 100 files open, too few for a class; raise that by `ulimit -n 1024`.\n"


def test_however_many_visitors_came_the_places_bound_what_stays_open() -> None:
    added, complaints = run(VISITORS)
    assert int(added) <= 2, "three places, of which one was taken before"
    assert complaints == ""
