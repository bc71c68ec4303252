"""A package called `core` beside a person's own file is theirs there, and ours everywhere else."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import core
from core.check.checking import check
from core.code import beside
from core.code.command_line import parse
from core.code.operator_files import import_files
from core.recipe.recipe import Recipe
from core.recipe.steps import FileInit
from core.replaying.replay import replay

ROOT = Path(__file__).parents[2]
MODEL = """
from torch import nn
from core.blocks import Block
from core.models import WIDTH
import core.blocks

def build():
    from core.blocks import Block as again
    from core import blocks
    assert again is Block is blocks.Block is core.blocks.Block
    return nn.Sequential(Block(), nn.Linear(WIDTH, 2))
"""
BLOCKS = """
from torch import nn
from .models import WIDTH

class Block(nn.Linear):
    def __init__(self):
        super().__init__(3, WIDTH)
"""
INITS = """
from core.blocks import Block
def init(m):
    if isinstance(m, Block): m.weight.data.fill_(7)
"""


@pytest.fixture(autouse=True)
def no_files_left() -> Iterator[None]:
    yield
    import_files(())
    beside._theirs.clear()
    for name in ("core.blocks", "core.other_blocks"):
        sys.modules.pop(name, None)
        vars(core).pop(name.partition(".")[2], None)


@pytest.fixture(params=["with an __init__", "without one"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "core").mkdir()
    if request.param == "with an __init__":
        (tmp_path / "core" / "__init__.py").write_text("NAME = 'theirs'")
    (tmp_path / "core" / "blocks.py").write_text(BLOCKS)
    (tmp_path / "core" / "models.py").write_text("WIDTH = 5")  # which ours has, too
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "inits.py").write_text(INITS)
    return tmp_path


def test_is_theirs_beside_their_files(folder: Path) -> None:
    files = import_files(parse(["--model", f"{folder}/model.py:build", "--init", f"{folder}/inits.py:init"]))
    assert (files.complaints, files.undone) == ((), ())
    net = replay(Recipe("model.py:build", steps=(FileInit("inits.py:init"),)))
    assert tuple(net.get_parameter("0.weight").shape) == (5, 3)
    assert (net.get_parameter("0.weight") == 7).all()


def test_is_ours_afterwards(folder: Path) -> None:
    import_files(parse(["--model", f"{folder}/model.py:build"]))
    assert sys.modules["core"] is core
    assert not hasattr(core, "NAME")
    from core.models import mlp

    assert mlp.__name__ == "core.models.mlp"
    assert core.Recipe is Recipe
    assert sys.path.count(str(folder)) == 1


def test_is_the_same_for_the_command(folder: Path) -> None:
    assert check(f"{folder}/model.py:build", f"{folder}/inits.py:init", 0).rows
    run = subprocess.run(
        [sys.executable, "-m", "core.check", f"{folder}/model.py:build"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.stderr == ""
    assert run.stdout.startswith("seed 0: ")


def test_may_be_a_single_file(tmp_path: Path) -> None:
    (tmp_path / "core.py").write_text("from torch import nn\ndef layer(): return nn.Linear(2, 3)")
    (tmp_path / "model.py").write_text("from core import layer\ndef build(): return layer()")
    assert import_files(parse(["--model", f"{tmp_path}/model.py:build"])).complaints == ()
    assert tuple(replay(Recipe("model.py:build")).get_parameter("weight").shape) == (3, 2)


def test_ours_is_there_where_none_stands_beside(tmp_path: Path) -> None:
    text = "from core import SCHEMES, Recipe, tied_groups\nimport core.recipe.expectations\n"
    (tmp_path / "inits.py").write_text(f"{text}expects = normal(0, 1)\ndef init(m): SCHEMES, Recipe, tied_groups\n")
    (tmp_path / "core").mkdir()  # a folder of anything else
    (tmp_path / "core" / "notes.txt").write_text("core")
    assert import_files(parse(["--init", f"{tmp_path}/inits.py"])).complaints == ()


def test_two_folders_have_their_own(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "core").mkdir()
    (other / "core" / "other_blocks.py").write_text("class Other: ...")
    (other / "core" / "models.py").write_text("WIDTH = 6")
    (other / "others.py").write_text("from core.other_blocks import Other\nfrom core.models import WIDTH\n")
    with (other / "others.py").open("a") as file:
        file.write("assert WIDTH == 6\ndef init(m): Other()")
    files = import_files(parse(["--model", f"{folder}/model.py:build", "--init", f"{other}/others.py"]))
    assert files.complaints == ()
    assert replay(Recipe("model.py:build", steps=(FileInit("others.py:init"),)))


def test_pages_beside_are_theirs_too(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "__init__.py").write_text("")
    (tmp_path / "pages" / "parts.py").write_text("WIDTH = 4")
    (tmp_path / "model.py").write_text("from torch import nn\nfrom pages.parts import WIDTH\nnet = nn.Linear(WIDTH, 2)")
    run = subprocess.run(
        [sys.executable, "-m", "core.check", f"{tmp_path}/model.py:net"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.stderr == ""
