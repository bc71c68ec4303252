"""Servers in processes of their own: however one ends, no process outlives it, and it never imports torch."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.questions.registry import QUESTIONS
from tests.processes import comes_true, descendants, end

ROOT = Path(__file__).parents[2]

#: A server with an idle worker and one in a long training; it ends as it is told to.
SERVER = """
import atexit, sys, threading
from core.engine.pool import Engine, EngineError
from core.questions.model import GetOverview
from tests.engines import ENDLESS, drawn, whole

engine = Engine(time_limit=600)
if "orderly" in sys.argv:
    atexit.register(engine.close)
engine.ask(drawn(1), GetOverview())

def train():
    try:
        engine.ask(whole(ENDLESS), GetOverview(), lambda seconds: seconds > 0.2 and busy.set())
    except EngineError:
        pass

busy = threading.Event()
threading.Thread(target=train, daemon=True).start()
busy.wait()
print("busy", flush=True)
sys.stdin.readline()
"""


@contextmanager
def server(launcher: str, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", set[int]]]:
    """A running server and its descendants."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, *arguments],
        cwd=ROOT,
        env={**os.environ, "PARAMSCOPE_LAUNCHER": launcher},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "busy\n", process.communicate()
        below = descendants(process.pid)
        assert len(below) >= (3 if launcher == "fork" else 2)
        try:
            yield process, below
        finally:
            process.kill()


def told(process: "subprocess.Popen[str]") -> None:
    """A normal exit."""
    process.communicate("now\n")


class TestWhenTheServerEnds:
    @pytest.mark.parametrize("launcher", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
    @pytest.mark.parametrize(
        "ending",
        [
            pytest.param(lambda process: process.kill(), id="SIGKILL"),
            pytest.param(lambda process: process.terminate(), id="SIGTERM"),
            pytest.param(told, id="exit without closing", marks=pytest.mark.slow),
        ],
    )
    def test_no_process_outlives_it(self, launcher: str, ending: Callable[["subprocess.Popen[str]"], None]) -> None:
        with server(launcher) as (process, below):
            ending(process)
            assert end(below)

    @pytest.mark.parametrize("launcher", ["fork", "spawn"])
    def test_killed_while_it_starts_leaves_no_process_either(self, launcher: str) -> None:
        environment = {**os.environ, "PARAMSCOPE_LAUNCHER": launcher}
        with subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, env=environment) as process:
            assert comes_true(lambda: descendants(process.pid))
            below = descendants(process.pid)
            process.kill()
            assert end(below)

    @pytest.mark.parametrize("launcher", ["fork", "spawn"])
    def test_in_good_order_it_says_nothing(self, launcher: str) -> None:
        with server(launcher, "orderly") as (process, below):
            _, complaints = process.communicate("now\n")
            assert (process.returncode, complaints) == (0, "")
            assert end(below)


#: Every request once, and what of torch is loaded afterwards.
EVERY_REQUEST = """
import json, resource, sys
from core.engine.pool import Engine, EngineError
from core.questions.model import GetOverview
from core.questions.registry import QUESTIONS
from core.recipe.steps import Subtree
from tests.engines import drawn

engine = Engine(time_limit=60)
span = drawn(1)
arguments = {
    "GetCards": [("0.weight",)], "GetDetail": ["0.weight"], "GetPreview": ["orthogonal", Subtree()],
    "GetReading": ["def f(m): ..."], "GetSourceReading": ["def build(): return nn.Linear(2, 1)"],
    "GetAccess": ["0.weight"], "GetDistance": ["0.weight", "0.weight"], "GetValues": ["0.weight"],
    "GetTheory": [("0.weight",)], "GetIdentity": ["0.weight"], "GetComparison": [Subtree(), ()],
    "GetGallery": ["0.weight"], "GetStory": ["0.weight"],
    "GetUseGradients": ["0.weight"], "GetTwins": ["0.weight"], "GetEvidence": ["none"],
}

def said(kind):
    try:
        return type(engine.ask(span, kind(*arguments.get(kind.__name__, ())))).__name__
    except EngineError as error:  # what has to do with ties finds none here
        return str(error)

answered = [said(kind) for kind in QUESTIONS.values()]
span = drawn(11)
engine._launcher._let_go()  # a worker in hand would need no file
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
without_files = said(GetOverview)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
afterwards = said(GetOverview)
engine.close()
loaded = [name for name in sys.modules if name.partition(".")[0] == "torch"]
print(json.dumps(
    {"answered": answered, "loaded": loaded, "without files": without_files, "afterwards": afterwards}
))
"""


@pytest.fixture(scope="module")
def asked_everything() -> dict[str, Any]:
    """What a server has to tell that has asked everything once, and then once more with no file left to open."""
    run = subprocess.run([sys.executable, "-c", EVERY_REQUEST], cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(run.stdout)
    return told


def test_the_server_never_imports_torch(asked_everything: dict[str, Any]) -> None:
    assert asked_everything["loaded"] == []


def test_every_question_is_answered_in_the_jail(asked_everything: dict[str, Any]) -> None:
    assert len(asked_everything["answered"]) == len(QUESTIONS)
    assert not [answer for answer in asked_everything["answered"] if "Error" in answer], "nothing is missing"


def test_a_system_that_has_no_more_files_says_so_and_the_next_request_works(asked_everything: dict[str, Any]) -> None:
    assert "Too many open files" in asked_everything["without files"]
    assert asked_everything["afterwards"] == "Overview"
