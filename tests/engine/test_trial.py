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
trial = tried(parse(sys.argv[1:]))
found = {file.label: sentence for file, sentence in trial.broken.items()}
trial.rehearsal()  # until the last child has ended
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
        "print(json.dumps([list(found.broken.values()), found.rehearsal().modules]))"
    )
    arguments = [part for name in ("first.py", "second.py") for part in ("--model", str(tmp_path / name))]
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    broken, modules = json.loads(run.stdout)
    assert not broken
    assert "sqlite3" in modules


def test_a_file_is_run_twice_however_many_models_are_named_of_it_and_each_is_built_once(tmp_path: Path) -> None:
    log, path = tmp_path / "log", tmp_path / "many.py"
    names = [f"build_{index}" for index in range(8)]
    builders = "".join(f"def {name}():\n    note({name!r})\n    return nn.Linear(2, 2)\n" for name in names)
    note = f"def note(what):\n    with open({str(log)!r}, 'a') as log:\n        print(what, file=log)\n"
    path.write_text(f"from torch import nn\n{note}note('file')\n{builders}def init(m): ...\n")
    program = (
        "import sys\nfrom core.code.command_line import parse\nfrom core.code.operator_files import import_files\n"
        "from core.engine.trial import tried\nfiles = parse(sys.argv[1:])\ntrial = tried(files)\n"
        "assert len(import_files(files, trial.broken).models) == 8\ntrial.rehearsal()"
    )
    arguments = [part for name in names for part in ("--model", f"{path}:{name}")]
    run = [sys.executable, "-c", program, *arguments, "--init", f"{path}:init"]
    subprocess.run(run, cwd=ROOT, check=True, timeout=60)
    assert sorted(log.read_text().split()) == sorted(["file", "file", *names])


def test_a_model_that_draws_until_it_likes_what_it_drew_does_not_keep_the_others(tmp_path: Path) -> None:
    text = (
        "import torch\nfrom torch import nn\ndef build():\n    w = torch.zeros(3)\n"
        "    while not (w.normal_() > 1).any():\n        pass\ndef other():\n    import sqlite3\n"
    )
    (tmp_path / "likes.py").write_text(text)
    program = (
        "import sys\nfrom core.code.command_line import parse\nfrom core.engine import rehearsing, trial\n"
        "rehearsing._EACH_SECONDS = 1.0\nprint('sqlite3' in trial.tried(parse(sys.argv[1:])).rehearsal().modules)"
    )
    arguments = [part for name in ("build", "other") for part in ("--model", f"{tmp_path}/likes.py:{name}")]
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    assert run.stdout.strip() == "True"
