"""What an operator's file changes for everybody when it is imported is undone and named; nobody's numbers change."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.check import main
from core.code.command_line import parse
from core.code.operator_files import import_files
from core.code.surroundings.keeping import Kept
from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, Train
from core.replaying.replay import replay
from tests.code.changing_files import HARMLESS, INIT, UNDONE, Change

pytestmark = pytest.mark.filterwarnings("ignore")  # also what a file does that is deprecated

DRAWN = Recipe("mlp", 3, (Initialize("normal", seed=1), Initialize("uniform", seed=2), Train(2, seed=3)))
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="of the process or of signals, as Linux has them")


def content(recipe: Recipe) -> bytes:
    return b"".join(tensor.detach().numpy().tobytes() for tensor in replay(recipe).state_dict().values())


@pytest.fixture(scope="module")
def before() -> bytes:
    """What everybody's model holds before any of the files is imported."""
    return content(DRAWN)


@pytest.fixture(autouse=True)
def no_files_left() -> Iterator[None]:
    yield
    import_files(())
    gc.collect()  # what a file entered and never left is let go of: torch works as before
    assert (torch.ones(2) * 2).tolist() == [2, 2]


def undone(text: str, folder: Path) -> tuple[str, ...]:
    """What is said of a file that is imported, and otherwise works."""
    path = folder / "inits.py"
    path.write_text(text + INIT)
    files = import_files(parse(["--init", str(path)]))
    assert files.complaints == ()
    assert [init.name for init in files.inits] == ["inits.py:init"]
    return files.undone


def named(change: Change) -> str:
    return change.text.splitlines()[-1][:60]


@pytest.mark.parametrize("change", UNDONE, ids=named)
def test_a_change_is_named_and_undone(change: Change, tmp_path: Path, before: bytes) -> None:
    if sys.platform != "linux" and ("signal" in change.text or "umask" in change.text):
        pytest.skip("Linux's")
    if "flush_denormal" in change.text and not torch.set_flush_denormal(False):
        pytest.skip("this processor cannot")
    if "core.replaying" in change.text and "core" not in sys.modules:
        pytest.skip("installed under another name")
    with Kept() as kept:  # finds whatever is left, and keeps it from the tests that follow
        (sentence,) = undone(change.text, tmp_path)
    assert sentence.startswith(f"inits.py {change.said}")
    assert sentence.endswith("; that was undone")
    assert (kept.undone, kept.lasting) == ([], [])
    assert content(DRAWN) == before


@pytest.mark.parametrize("change", HARMLESS, ids=named)
def test_what_harms_nobody_is_not_spoken_of(change: Change, tmp_path: Path, before: bytes) -> None:
    assert undone(change.text, tmp_path) == ()
    assert content(DRAWN) == before


def test_every_file_has_one_sentence(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.py").write_text(f"import math\nmath.{'e' if name == 'c' else 'pi'} = 3{INIT}")
    (tmp_path / "c.py").write_text(INIT)
    arguments = [part for name in "abc" for part in ("--init", str(tmp_path / f"{name}.py"))]
    found = import_files(parse(arguments)).undone
    assert found == ("a.py replaces math.pi; that was undone", "b.py replaces math.pi; that was undone")


def test_a_change_is_undone_too_where_the_file_fails(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "fails.py"
    path.write_text("import torch, builtins\ntorch.set_default_dtype(torch.float64)\nbuiltins.len = None\n1 / 0")
    (sentence,) = import_files(parse(["--init", str(path)])).complaints
    assert sentence == "fails.py cannot be imported: fails.py line 4: ZeroDivisionError: division by zero"
    assert content(DRAWN) == before


@linux_only
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() == 0, reason="root may raise a limit again")
def test_what_cannot_be_undone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nice.py"
    path.write_text(f"import os\nos.nice(1){INIT}")
    (sentence,) = import_files(parse(["--init", str(path)])).complaints
    assert "changes the priority of the process, which cannot be undone; take that out of the file" in sentence


_COSTS = """
import time
from core.code.surroundings.keeping import Kept
with Kept():
    pass
costs = [1.0]
for _ in range(60):  # a busy neighbor slows a processor for a while, and no comparison is faster than it is
    if costs[-1] < 0.05:
        break
    started = time.thread_time()
    with Kept():
        pass
    costs.append(time.thread_time() - started)
print(min(costs))
"""


def test_comparing_costs_less_than_a_twentieth_of_a_second() -> None:
    """In a new interpreter, as a server is: a suite's has all that its tests ever imported."""
    assert float(subprocess.check_output([sys.executable, "-c", _COSTS], text=True)) < 0.05


def test_the_command_says_it_too_and_judges_by_torchs_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, inits = tmp_path / "model.py", tmp_path / "inits.py"
    model.write_text("from torch import nn\nnet = nn.Linear(30, 40)")
    inits.write_text(f"import torch\ntorch.nn.init.normal_ = torch.nn.init.zeros_\nexpects = ones(){INIT}")
    assert main([f"{model}:net", "--init", f"{inits}:init", "--seed", "0..2"]) == 0
    out, err = capsys.readouterr()
    assert err == "core.check: inits.py replaces torch.nn.init.normal_; that was undone\n"
    assert "seed 2: " in out
