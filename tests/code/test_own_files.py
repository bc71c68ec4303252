"""The operator's own files: what a command line names, what is imported, and that a bad file costs a sentence."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.code.command_line import VARIABLE, NamedFile, from_environment, parse, to_environment, version
from core.code.operator_files import import_files
from core.engine.trial import tried
from core.recipe import catalog
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import FileInit, Train
from core.replaying.replay import StepError, replay, replayed
from tests.processes import comes_true, end

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@contextlib.contextmanager
def loaded(*arguments: str) -> Iterator[None]:
    try:
        assert not import_files(parse(arguments)).complaints
        yield
    finally:
        import_files(())


def file(folder: Path, text: str, name: str = "mine.py") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def complaint(*arguments: str) -> str:
    try:
        (sentence,) = import_files(parse(arguments)).complaints
    finally:
        import_files(())
    return sentence


class TestTheCommandLine:
    def test_names_files_and_what_is_meant_in_them(self) -> None:
        specs = parse(["--model", "a/net.py:Net", "--init", "b.py", "--init", "package.inits:mine", "--model", "net"])
        assert [(s.kind, s.label, s.function) for s in specs] == [
            ("model", "net.py", "Net"),
            ("model", "net", ""),
            ("init", "b.py", ""),
            ("init", "package.inits", "mine"),
        ]
        assert from_environment(to_environment(specs)) == specs
        assert from_environment({}) == ()

    @pytest.mark.parametrize("arguments", [["--modle", "x.py"], ["--model"], ["x.py"], ["--init", "my-inits.py"]])
    def test_that_is_not_understood_is_a_sentence(self, arguments: list[str]) -> None:
        with pytest.raises(ValueError, match=r"write -- --model|rename it"):
            parse(arguments)


class TestTheExamples:
    def test_start_residual_blocks_as_the_identity(self) -> None:
        with loaded("--model", f"{EXAMPLES}/resnet.py:build", "--init", f"{EXAMPLES}/resnet.py:zero_gamma"):
            recipe = Recipe("resnet.py:build", steps=(FileInit("resnet.py:zero_gamma"),), arguments=(("blocks", 2),))
            net = replay(recipe).eval()
            x = torch.rand(2, 16, 4, 4)  # what ReLU would leave as it is
            assert torch.equal(net.get_submodule("1.0")(x), x)
            assert all(not net.get_parameter(f"1.{block}.norm2.weight").any() for block in range(2))
            assert len(replayed(recipe.then(Train(2))).outcomes[-1].losses) == 2

    def test_scale_what_writes_to_the_stream(self) -> None:
        with loaded("--model", f"{EXAMPLES}/transformer.py:build", "--init", f"{EXAMPLES}/transformer.py"):
            arguments = (("depth", 8), ("width", 64))
            init = FileInit("transformer.py:scaled_residual", "net")
            net = replay(Recipe("transformer.py:build", steps=(init,), arguments=arguments))
            assert net.get_parameter("layers.3.down.weight").std().item() == pytest.approx(0.02 / 4, rel=0.05)
            assert net.get_parameter("layers.3.up.weight").std().item() == pytest.approx(0.02, rel=0.05)

    def test_give_scripts_that_run_where_the_files_are(self, tmp_path: Path) -> None:
        with loaded("--model", f"{EXAMPLES}/resnet.py:build", "--init", f"{EXAMPLES}/resnet.py"):
            recipe = Recipe("resnet.py:build", 3, (FileInit("resnet.py:zero_gamma", seed=4), Train(1, seed=2)))
            state = replay(recipe).state_dict()
            script = to_script(recipe) + "\nimport sys\ntorch.save(net.state_dict(), sys.argv[1])\n"
        saved = tmp_path / "state.pt"
        subprocess.run([sys.executable, "-c", script, str(saved)], cwd=EXAMPLES, check=True)
        alone = torch.load(saved)
        assert all(torch.equal(tensor, alone[name]) for name, tensor in state.items())


class TestAModelOfTheOperators:
    def test_stands_in_the_catalog_with_its_arguments(self, tmp_path: Path) -> None:
        text = (
            "from typing import Literal\nfrom torch import nn\n"
            "def build(width: int = 3, slope=0.1, bias=True, kind: Literal['a', 'b'] = 'a', other=None):\n"
            "    '''One layer.'''\n    return nn.Linear(width, 2, bias=bias)\n"
        )
        with loaded("--model", file(tmp_path, text)):
            model = catalog.known()["mine.py:build"]
            assert model.teaches == "One layer."
            assert [(a.name, a.default, a.choices) for a in model.arguments] == [
                ("width", 3, ()),
                ("slope", 0.1, ()),
                ("bias", True, ()),
                ("kind", "a", ("a", "b")),
            ]
            recipe = Recipe("mine.py:build", arguments=(("bias", False), ("width", 5), ("slope", 1)))
            assert [tuple(p.shape) for p in replay(recipe).parameters()] == [(2, 5)]
            assert Recipe.from_json(recipe.to_json()) == recipe
            for wrong in (("bias", 1), ("slope", "x"), ("kind", "c"), ("width", True), ("kind", "a" * 300)):
                with pytest.raises(ValueError, match=wrong[0]):
                    Recipe("mine.py:build", arguments=(wrong,))
        assert set(catalog.known()) == set(MODELS)
        with pytest.raises(ValueError, match=r"start Paramscope with --model mine\.py:build"):
            Recipe("mine.py:build")

    def test_may_be_a_net_that_is_there_already_and_is_copied_each_time(self, tmp_path: Path) -> None:
        path = file(tmp_path, "import torch\nfrom torch import nn\nlayer = nn.Linear(3, 2)\n", "has_a_layer.py")
        init = file(tmp_path, "from torch import nn\ndef init(w):\n    nn.init.ones_(w)\n", "ones.py")
        with loaded("--model", f"{path}:layer", "--init", init):
            recipe = Recipe("has_a_layer.py:layer")
            first = replay(recipe).state_dict()
            assert bool((replay(recipe.then(FileInit("ones.py:init", "tensors"))).get_parameter("weight") == 1).all())
            assert all(torch.equal(tensor, first[name]) for name, tensor in replay(recipe).state_dict().items())
            script = to_script(recipe)
        assert script.startswith("import copy\n")
        assert "net = copy.deepcopy(layer)" in script

    def test_that_is_not_here_is_missed_by_a_step_with_a_way_out(self) -> None:
        with pytest.raises(StepError, match="start Paramscope with its file"):
            replay(Recipe("mlp", steps=(FileInit("gone.py:init"),)))


class TestABadFile:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("x = 1\n1 / 0", "mine.py cannot be imported: mine.py line 2: ZeroDivisionError: division by zero"),
            ("def f(m:", "mine.py line 1: SyntaxError: '(' was never closed"),
            ("import nothing_of_that_name", "mine.py line 1: ModuleNotFoundError: No module named"),
            ("import sys; sys.exit('bye')", "SystemExit: bye"),
            ("import threading, time\nthreading.Thread(target=time.sleep, args=(1,)).start()", "starts a thread"),
            ("x = 1", "has no function of one argument"),
            ("print('x' * 10**7)\nraise KeyError('k')", "mine.py line 2: KeyError: 'k'"),
        ],
    )
    def test_is_a_sentence_with_file_and_line(self, text: str, sentence: str, tmp_path: Path) -> None:
        assert sentence in complaint("--init", file(tmp_path, text))

    def test_of_a_model_says_what_is_missing(self, tmp_path: Path) -> None:
        assert "has no function or class Net" in complaint("--model", f"{file(tmp_path, 'x = 1')}:Net")
        assert "needs a default for n" in complaint("--model", f"{file(tmp_path, 'def make(n): ...')}:make")

    def test_leaves_the_others_at_work(self, tmp_path: Path) -> None:
        specs = parse(["--init", file(tmp_path, "1 / 0"), "--init", f"{EXAMPLES}/resnet.py:zero_gamma"])
        found = import_files(specs)
        import_files(())
        assert [init.name for init in found.inits] == ["resnet.py:zero_gamma"]
        assert len(found.complaints) == 1

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("while True: pass", "was still being imported after 0.5 seconds"),
            ("import os; os._exit(3)", "ends the process that imports it with status 3"),
            ("import ctypes; ctypes.string_at(0)", "crashes the process that imports it"),
            ("x = 1", None),
        ],
    )
    def test_that_hangs_or_crashes_is_tried_elsewhere_first(
        self, text: str, sentence: str | None, tmp_path: Path
    ) -> None:
        path, seconds = file(tmp_path, text), 0.5 if "while True" in text else 30.0
        program = (
            "import json, sys; from core.code.command_line import parse; from core.engine.trial import tried\n"
            f"print(json.dumps(list(tried(parse(sys.argv[1:]), {seconds}).broken.values())))"
        )
        run = subprocess.run(
            [sys.executable, "-c", program, "--init", path], cwd=ROOT, check=True, capture_output=True, text=True
        )
        found = json.loads(run.stdout)
        assert len(found) == (sentence is not None)
        assert all(sentence is not None and sentence in each for each in found)

    def test_under_trial_ends_with_the_process_that_tries_it(self, tmp_path: Path) -> None:
        told = tmp_path / "pid"
        path = file(tmp_path, f"import os\nopen({str(told)!r}, 'w').write(str(os.getpid()))\nwhile True: pass")
        program = "from core.code.command_line import parse; from core.engine.trial import tried\n"
        program += f"tried(parse(['--init', {path!r}]))"
        with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as trying:
            assert comes_true(lambda: told.exists() and told.read_text(), 20)
            trying.kill()
        assert end([int(told.read_text())], 1)

    def test_takes_no_trial_when_there_is_none(self) -> None:
        assert tried(()).broken == {}


class TestAVersion:
    def test_is_another_once_a_file_changed(self, tmp_path: Path) -> None:
        specs = parse(["--init", file(tmp_path, "def f(m): ...")])
        before = version(specs)
        assert version(specs) == before
        file(tmp_path, "def f(m): pass")
        changed = version(specs)
        assert changed != before
        (tmp_path / "mine.py").unlink()
        assert version(specs) not in (before, changed)
        assert version(()) == ""


def test_the_variable_is_handed_to_the_process_that_imports_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.engine.processes.launch import environment

    specs = (NamedFile("init", "a.py", "f"),)
    monkeypatch.setenv(VARIABLE, to_environment(specs)[VARIABLE])
    assert from_environment(environment()) == specs
