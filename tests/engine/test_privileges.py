"""Workers are nobody where the server is root; a root that may do little, as in Docker, still slows and kills them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.engine.jail import privileges
from tests.engine.test_confinement import AS_ROOT

ROOT = Path(__file__).parents[2]
#: Gives up the rights to signal other users' processes and to change their priority, also for what is started here.
WITHOUT = """
import ctypes, os, sys
for capability in (5, 23):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""
#: An endless loop and what becomes of its worker: its user, how nice it is, whether it is gone after the time limit.
LOOPING = """
import json, os
from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.questions.model import GetOverview
from tests.custom import ENDLESS, running
from tests.processes import end, fields, status

engine, seen = Engine(time_limit=60, code_time_limit=3), {}
def waiting(_):
    for worker in engine._code.workers():
        seen.update(pid=worker.pid, user=status(worker.pid, "Uid").split()[0], nice=fields(worker.pid)[16])
try:
    engine.ask(running(ENDLESS), GetOverview(), waiting)
except EngineError as error:
    seen["sentence"] = str(error)
seen["gone"] = end([seen["pid"]], 20)
engine.close()
print(json.dumps(seen))
"""


@pytest.mark.skipif(not AS_ROOT, reason="an unprivileged server's workers are its own user's")
def test_a_root_with_few_capabilities_slows_and_kills_what_loops() -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT, LOOPING], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    seen = json.loads(run.stdout)
    assert (seen["user"], seen["nice"], seen["gone"]) == (str(privileges.NOBODY), "10", True)
    assert "took longer than 3 seconds" in seen["sentence"]


def test_an_act_that_is_allowed_is_done_once_and_as_oneself() -> None:
    users: list[int] = []
    privileges.act_on_worker(lambda: users.append(os.geteuid()))
    assert users == [os.geteuid()]


@pytest.mark.skipif(not AS_ROOT, reason="only root becomes somebody else")
def test_an_act_that_is_refused_is_done_as_nobody_and_root_is_root_again() -> None:
    users: list[int] = []

    def act() -> None:
        users.append(os.geteuid())
        if len(users) == 1:
            raise PermissionError

    privileges.act_on_worker(act)
    assert users == [0, privileges.NOBODY]
    assert os.geteuid() == 0
    with pytest.raises(PermissionError):
        privileges.act_on_worker(_refuse)
    assert os.geteuid() == 0


def _refuse() -> None:
    raise PermissionError
