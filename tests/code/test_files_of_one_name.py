"""Two files of one name in two folders are two files: each with its own models, inits, classes and neighbors."""

import contextlib
import copy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.code.command_line import from_environment, parse, to_environment
from core.code.operator_files import import_files
from core.recipe.own_files import OwnFiles
from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import FileInit
from core.replaying.replay import replay

NET = """
from dataclasses import dataclass
from torch import nn
from layers import WIDTH

class Net(nn.Linear):
    pass

def build():
    return Net(3, WIDTH)

def init(m):
    if isinstance(m, Net):
        nn.init.constant_(m.weight, WIDTH)
"""


def project(folder: Path, width: int, name: str = "model.py") -> str:
    folder.mkdir(parents=True)
    (folder / name).write_text(NET)
    (folder / "layers.py").write_text(f"WIDTH = {width}\n")
    (folder / "again.py").write_text("import model, layers\nbuild = model.build\n")
    return f"{folder / name}"


@contextlib.contextmanager
def loaded(*arguments: str) -> Iterator[OwnFiles]:
    try:
        found = import_files(parse(arguments))
        assert not found.complaints
        yield found
    finally:
        import_files(())


def widths(*models: str) -> list[int]:
    return [replay(Recipe(model)).get_parameter("bias").numel() for model in models]


class TestTheirNames:
    @pytest.mark.parametrize(
        ("paths", "labels"),
        [
            (["a/model.py", "b/model.py"], ["a/model.py", "b/model.py"]),
            (["a/model.py", "b/other.py"], ["model.py", "other.py"]),
            (["x/a/model.py", "y/a/model.py", "b.py"], ["x/a/model.py", "y/a/model.py", "b.py"]),
            (["a/model.py", "a/deeper/a/model.py"], None),
            (["a/model.py", "a/model.py"], ["model.py"]),
        ],
    )
    def test_are_as_short_as_they_can_be(self, paths: list[str], labels: list[str] | None) -> None:
        files = parse([part for path in paths for part in ("--model", f"{path}:build")])
        found = [file.label for file in files]
        assert len(set(found)) == len(set(paths))
        assert labels is None or found == labels
        assert from_environment(to_environment(files)) == files

    def test_are_one_for_a_files_models_and_inits(self) -> None:
        files = parse(["--model", "a/m.py:build", "--init", "a/m.py", "--model", "b/m.py", "--model", "c/m.py"])
        assert sorted(file.label for file in files) == ["a/m.py", "a/m.py", "b/m.py", "c/m.py"]


class TestTwoProjects:
    def test_are_both_there_with_what_stands_beside_them(self, tmp_path: Path) -> None:
        a, b = project(tmp_path / "a", 5), project(tmp_path / "b", 7)
        with loaded("--model", f"{a}:build", "--model", f"{b}:build", "--init", a, "--init", b) as found:
            assert [model.name for model in found.models] == ["a/model.py:build", "b/model.py:build"]
            assert widths("a/model.py:build", "b/model.py:build") == [5, 7]
            recipe = Recipe("b/model.py:build", steps=(FileInit("b/model.py:init"),))
            net = replay(recipe)
            assert bool((net.get_parameter("weight") == 7).all())
            other = replay(Recipe("b/model.py:build", steps=(FileInit("a/model.py:init"),)))
            assert not bool((other.get_parameter("weight") == 5).any())  # its Net is another class
            assert isinstance(copy.deepcopy(net), type(net))
            assert sys.modules[type(net).__module__].__file__ == b

    def test_keep_apart_what_another_of_their_files_imports(self, tmp_path: Path) -> None:
        a, b = project(tmp_path / "a", 5), project(tmp_path / "b", 7)
        models = [f"{a}:build", f"{b}:build", f"{tmp_path}/b/again.py:build", f"{tmp_path}/a/again.py:build"]
        with loaded(*(part for model in models for part in ("--model", model))):
            assert widths("b/again.py:build", "a/again.py:build") == [7, 5]

    def test_give_scripts_that_run_in_the_folder_above(self, tmp_path: Path) -> None:
        models = [project(tmp_path / name, 4) for name in ("a", "b")]
        for path in models:  # what stands beside them is found only from their own folder
            Path(path).write_text(NET.replace("from layers import WIDTH", "WIDTH = 4"))
        with loaded(*(part for path in models for part in ("--model", f"{path}:build", "--init", path))):
            recipe = Recipe("b/model.py:build", 3, (FileInit("b/model.py:init"),))
            state = replay(recipe).state_dict()
            script = to_script(recipe) + "\nimport sys\ntorch.save(net.state_dict(), sys.argv[1])\n"
        run = [sys.executable, "-c", script, str(tmp_path / "state.pt")]
        subprocess.run(run, cwd=tmp_path, check=True)
        alone = torch.load(tmp_path / "state.pt")
        assert all(torch.equal(tensor, alone[name]) for name, tensor in state.items())
