"""A file of the operator's that ends or harms the process it is imported in costs itself only, never the dashboard."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.code.command_line import parse, to_environment
from core.questions.code import GetOwnFiles
from core.questions.model import GetOverview
from tests.code.changing_files import ENDING, INIT
from tests.custom import good
from tests.engines import drawn, fresh_engine

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, os, sys
from core.code.command_line import parse
from core.engine.trial import tried
found = {file.label: sentence for file, sentence in tried(parse(sys.argv[1:])).broken.items()}
try:
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    found["children"] = "left"
except ChildProcessError:
    pass
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command line that names every such file, and a good one."""
    folder = tmp_path_factory.mktemp("ending")
    for name, (text, _) in ENDING.items():
        (folder / name).write_text(text + INIT)
    (folder / "good.py").write_text(INIT)
    (folder / "doubles.py").write_text(f"import torch\ntorch.set_default_dtype(torch.float64){INIT}")
    return [part for name in (*ENDING, "good.py", "doubles.py") for part in ("--init", str(folder / name))]


@pytest.fixture(scope="module")
def found(arguments: list[str]) -> dict[str, str]:
    """What a trial of all of them finds."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    told: dict[str, str] = json.loads(run.stdout)
    return told


@pytest.mark.parametrize("name", ENDING)
def test_a_trial_finds_it(name: str, found: dict[str, str]) -> None:
    assert re.search(ENDING[name][1], found[name]), found[name]
    assert found[name].startswith(name)


def test_a_trial_finds_nothing_else_and_leaves_nothing(found: dict[str, str]) -> None:
    assert set(found) == set(ENDING)


def test_the_dashboard_goes_on_with_what_is_good(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (variable, specs), *_ = to_environment(parse(arguments)).items()
    monkeypatch.setenv(variable, specs)
    with fresh_engine(time_limit=120, code_time_limit=60) as engine:
        files = engine.ask(drawn(1), GetOwnFiles())
        assert [init.name for init in files.inits] == ["good.py:init", "doubles.py:init"]
        assert len(files.complaints) == len(ENDING)
        assert files.undone == ("doubles.py changes torch's default dtype to torch.float64; that was undone",)
        assert engine.isolation().mode == "isolated"
        assert {info.dtype for info in engine.ask(drawn(1), GetOverview()).tensors} == {"float32"}
        assert engine.ask(good(), GetOverview()).counts.unique == 49


@pytest.mark.parametrize(
    "ending", ["while True: pass", "import os; os.abort()", "import os; os.fork()", "raise SystemExit"]
)
def test_a_build_that_never_ends_or_ends_everything_leaves_its_file_good(ending: str, tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text(
        "def build():\n    import sqlite3\n    from torch import nn\n    return nn.ReLU()"
    )
    (tmp_path / "second.py").write_text(f"def build():\n    {ending}")
    program = (
        "import json, sys\nfrom core.code.command_line import parse\nfrom core.engine import trial\n"
        "trial._BUILD_SECONDS = 2.0\nfound = trial.tried(parse(sys.argv[1:]))\n"
        "print(json.dumps([list(found.broken.values()), found.modules]))"
    )
    arguments = [part for name in ("first.py", "second.py") for part in ("--model", str(tmp_path / name))]
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    broken, modules = json.loads(run.stdout)
    assert not broken
    assert "sqlite3" in modules
