"""A file of a package imports from it by dots, as it does where the package is imported as a whole."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.code.command_line import parse, version
from core.code.importing import neighbors_of
from core.code.operator_files import files_imported, import_files
from core.recipe.own_files import OwnFiles
from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import FileInit
from core.replaying.replay import replay


@contextlib.contextmanager
def loaded(*arguments: str) -> Iterator[OwnFiles]:
    try:
        found = import_files(parse(arguments))
        assert not found.complaints
        yield found
    finally:
        import_files(())


def written(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def package(root: Path, width: int, name: str, init: bool = True) -> str:
    files = {
        f"{name}/layers.py": f"from torch import nn\nWIDTH = {width}\nclass Layer(nn.Linear): ...\n",
        f"{name}/model.py": "from .layers import WIDTH, Layer\ndef build(): return Layer(4, WIDTH)\n",
        f"{name}/inits.py": (
            "import torch\nfrom . import layers\n"
            "def init(m):\n    if isinstance(m, layers.Layer): torch.nn.init.constant_(m.weight, 3)\n"
        ),
        f"{name}/deep/model.py": "from ..layers import Layer\nfrom .other import N\ndef build(): return Layer(2, N)\n",
        f"{name}/deep/other.py": "N = 9\n",
    }
    if init:
        files |= {f"{name}/__init__.py": "from .model import build\n", f"{name}/deep/__init__.py": ""}
    written(root, files)
    return f"{root / name}"


def widths(*models: str) -> list[int]:
    return [replay(Recipe(model)).get_parameter("bias").numel() for model in models]


@pytest.mark.parametrize("init", [True, False])
def test_it_opens_with_or_without_an_init_of_the_package(init: bool, tmp_path: Path) -> None:
    folder = package(tmp_path, 5, f"one_{init}".lower(), init)
    deeper = f"{folder}/deep/model.py:build"
    with loaded("--model", f"{folder}/model.py:build", "--model", deeper, "--init", f"{folder}/inits.py") as found:
        names = [model.name for model in found.models]
        assert widths(*names) == [5, 9]
        net = replay(Recipe(names[0], steps=(FileInit(found.inits[0].name),)))
        assert bool((net.get_parameter("weight") == 3).all())  # its Layer is the package's


def test_two_packages_of_one_name_are_told_apart(tmp_path: Path) -> None:
    folders = [package(tmp_path / place, width, "shared") for place, width in (("first", 5), ("second", 7))]
    with loaded(*(part for folder in folders for part in ("--model", f"{folder}/model.py:build"))) as found:
        names = [model.name for model in found.models]
        assert names == ["first/shared/model.py:build", "second/shared/model.py:build"]
        assert widths(*names) == [5, 7]


def test_its_script_imports_it_from_its_package(tmp_path: Path) -> None:
    folder = package(tmp_path, 5, "scripted")
    with loaded("--model", f"{folder}/model.py:build", "--init", f"{folder}/inits.py") as found:
        recipe = Recipe(found.models[0].name, 3, (FileInit(found.inits[0].name),))
        state = replay(recipe).state_dict()
        script = to_script(recipe) + "\nimport sys\ntorch.save(net.state_dict(), sys.argv[1])\n"
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "state.pt")], cwd=tmp_path, check=True)
    alone = torch.load(tmp_path / "state.pt")
    assert all(torch.equal(tensor, alone[name]) for name, tensor in state.items())


def test_a_folder_that_no_package_can_be_is_one_sentence(tmp_path: Path) -> None:
    files = parse(["--model", f"{package(tmp_path, 5, 'run-1', init=False)}/model.py:build"])
    (sentence,) = import_files(files).complaints
    import_files(())
    assert sentence.startswith("model.py cannot be imported: ")
    assert "the folder 'run-1' is no name of one; rename it" in sentence


def test_what_fails_in_the_package_names_its_line(tmp_path: Path) -> None:
    written(tmp_path, {"bad/__init__.py": "x = 1\n1 / 0\n", "bad/model.py": "from . import x\ndef build(): ...\n"})
    (sentence,) = import_files(parse(["--model", f"{tmp_path}/bad/model.py:build"])).complaints
    import_files(())
    assert "__init__.py line 2: ZeroDivisionError" in sentence


def test_it_is_run_anew_for_each_seed(tmp_path: Path) -> None:
    text = "import torch\nfrom . import __name__\ndrawn = torch.rand(3)\nnet = torch.nn.Linear(2, 2)\nbuild = net\n"
    written(tmp_path, {"seeds/__init__.py": "", "seeds/model.py": text})
    files = parse(["--model", f"{tmp_path}/seeds/model.py:build"])
    weights = []
    for seed in (0, 1):
        with files_imported(files, seed) as found:
            weights.append(replay(Recipe(found.models[0].name)).get_parameter("weight"))
    assert not torch.equal(*weights)


class TestAVersion:
    def test_is_another_once_a_neighbor_changed(self, tmp_path: Path) -> None:
        folder = package(tmp_path, 5, "changing")
        files = parse(["--model", f"{folder}/model.py:build"])
        with loaded("--model", f"{folder}/model.py:build"):
            beside = neighbors_of(files)
        assert f"{folder}/layers.py" in beside
        assert f"{folder}/model.py" not in beside
        before = version(files, beside)
        assert version(files, beside) == before
        Path(folder, "layers.py").write_text("changed = True\n")
        assert version(files, beside) != before
        assert version(files) == version(files)
