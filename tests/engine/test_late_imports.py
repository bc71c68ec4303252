"""A model whose function imports what it needs only when it is called opens like any other."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from torch import nn

from core.code.command_line import parse, to_environment
from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.code import GetOwnFiles
from core.questions.model import GetOverview
from core.recipe import catalog
from core.recipe.recipe import Recipe
from core.recipe.steps import Forward
from tests.engines import fresh_engine
from tests.zoo.packages import declare_operators

#: transformers from configs, torchvision, timm; torch's compiler; modules beside the file.
FILE = """
import os
os.environ["HF_HUB_OFFLINE"] = "1"
from typing import Literal
import torch
from tests.zoo.packages import declare_operators
declare_operators()

def llama(layers: int = 2):
    from transformers import AutoModelForCausalLM, LlamaConfig
    return AutoModelForCausalLM.from_config(LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=layers, num_attention_heads=4,
        num_key_value_heads=2))

def gpt2():
    import transformers
    return transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=64, n_positions=32, n_embd=32, n_layer=2, n_head=4))

def resnet():
    from torchvision.models import resnet18
    return resnet18()

def vit():
    import timm
    return timm.create_model("vit_tiny_patch16_224", pretrained=False)

def compiled():
    import torch
    return torch.compile(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2)))

class Scripted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)

    def forward(self, x):
        return torch.relu(self.layer(x))

def script():
    return torch.jit.script(Scripted())

def beside(kind: Literal["first", "second"] = "first"):
    import importlib
    return importlib.import_module(f"late_{kind}").net()

def ends():
    import sys
    sys.exit(3)

def asks():
    import importlib.util
    from torch import nn
    return nn.Linear(3, 2 if importlib.util.find_spec("paramscope_has_no_such_module") is None else 5)

def reads(width: int = 3):
    from pathlib import Path
    if width < 0:
        raise ValueError("width is negative")
    return torch.nn.Linear(2, len(Path(__file__).read_text()))

def framed():
    import pandas
    from torch import nn
    return nn.Linear(2, len(pandas.DataFrame({"kind": ["a", "b"] * 50, "n": range(100)}).groupby("kind").sum()))

def named(name: str = "late_first"):
    return __import__(name).net()
"""
RUN = """
import torch
from torch import nn

class Net(nn.Linear):
    def forward(self, x):
        import late_forward
        return late_forward.twice(super().forward(x))

def build():
    return Net(4, 2)

def batch(size):
    return torch.ones(size, 4), torch.zeros(size, 2)
"""
BESIDE = {
    "late_first.py": "def net():\n    import late_deeper\n    return late_deeper.nn.Linear(3, late_deeper.WIDTH)\n",
    "late_deeper.py": "from torch import nn\nWIDTH = 7\n",
    "late_second.py": "from torch import nn\ndef net():\n    return nn.Linear(3, 4)\n",
    "late_third.py": "",
    "late_forward.py": "def twice(x):\n    return 2 * x\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("late")
    for name, text in {**BESIDE, "late.py": FILE, "late_run.py": RUN}.items():
        (made / name).write_text(text)
    return made


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    """An engine with every model of the files."""
    first = ["llama", "gpt2", "resnet", "vit", "compiled", "script", "beside"]
    names = [*first, "ends", "asks", "framed", "named", "reads"]
    arguments = [part for name in names for part in ("--model", f"{folder}/late.py:{name}")]
    files = parse([*arguments, "--model", f"{folder}/late_run.py:build"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*next(iter(to_environment(files).items())))
        with fresh_engine(time_limit=60) as made:
            own = made.ask(Span(Recipe("mlp"), 0, 0), GetOwnFiles())
            assert not own.complaints
            assert not own.undone
            catalog.register(own.models)
            yield made
    catalog.register([])


def parameters(engine: Engine, model: str, **arguments: str | int) -> int:
    recipe = Recipe(f"late.py:{model}", arguments=tuple(arguments.items()))
    return engine.ask(Span(recipe, 0, 0), GetOverview()).counts.unique


def built_here(folder: Path, name: str) -> nn.Module:
    """The model as a plain interpreter builds it."""
    declare_operators()
    sys.path.insert(0, str(folder))
    try:
        net: nn.Module = getattr(__import__("late"), name)()
    finally:
        sys.path.remove(str(folder))
    return net


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's own compiler
@pytest.mark.parametrize("name", ["llama", "gpt2", "resnet", "vit", "compiled", "script", "beside", "framed"])
def test_it_opens_with_torchs_own_count(name: str, engine: Engine, folder: Path) -> None:
    assert parameters(engine, name) == sum(each.numel() for each in built_here(folder, name).parameters())


def test_it_opens_with_arguments_of_its_own(engine: Engine) -> None:
    assert parameters(engine, "llama", layers=3) > parameters(engine, "llama")
    assert parameters(engine, "beside", kind="second") == 3 * 4 + 4


def test_a_forward_pass_finds_what_it_imports(engine: Engine) -> None:
    recipe = Recipe("late_run.py:build", steps=(Forward(),))
    assert engine.ask(Span(recipe, 0, 1), GetOverview()).counts.unique == 10


def test_asking_whether_a_package_is_there_is_answered(engine: Engine) -> None:
    assert parameters(engine, "asks") == 3 * 2 + 2


def test_a_function_that_ends_its_process_costs_itself_only(engine: Engine) -> None:
    with pytest.raises(EngineError, match=r"late\.py:ends fails: late\.py line \d+: SystemExit: 3"):
        parameters(engine, "ends")


def test_what_could_not_be_foreseen_is_said_with_the_way_out(engine: Engine) -> None:
    with pytest.raises(EngineError, match=r"late_third cannot be imported .*; import it at the top of the file"):
        parameters(engine, "named", name="late_third")


def test_a_function_that_reads_a_file_is_told_where_to_read_it(engine: Engine) -> None:
    with pytest.raises(EngineError, match=r"reads fails: .*no file can be opened.*where the file is imported, outside"):
        parameters(engine, "reads")
    with pytest.raises(EngineError, match=r"ValueError: width is negative$"):
        parameters(engine, "reads", width=-1)


def test_what_stands_beside_a_file_belongs_to_its_version(engine: Engine, folder: Path) -> None:
    beside = engine.ask(Span(Recipe("mlp"), 0, 0), GetOwnFiles()).neighbors
    assert {f"{folder}/late_first.py", f"{folder}/late_deeper.py"} <= set(beside)
    assert f"{folder}/late.py" not in beside
