"""One way to call an init: text and objects are read alike, and what is guessed can be said otherwise."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from core.code.command_line import one_object
from core.code.defined import defined
from core.code.operator_files import files_imported
from core.code.reading import read
from core.code.signatures import of_function
from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import AppliesTo, Custom, FileInit
from core.replaying.replay import replay
from tests.zoo.packages import imported

HEAD = "import functools\nimport torch\nfrom dataclasses import dataclass\nfrom torch import Tensor, nn\n\n"
#: Each a text that defines one init, and what that is to be given.
WAYS: list[tuple[str, AppliesTo]] = [
    ("def weights_init_(m): ...", "modules"),
    ("def weights_init_(layer): ...", "modules"),
    ("def my_init_(w): ...", "tensors"),
    ("def my_init_(it): ...", "tensors"),
    ("def my_init(weight1): ...", "tensors"),
    ("def init(net): ...", "net"),
    ("def init_(model): ...", "net"),
    ("def init(base_model: nn.Module): ...", "net"),
    ("def init(x: nn.Module): ...", "modules"),
    ("def init(net: Tensor): ...", "tensors"),
    ("def init(p: nn.Module | Tensor): ...", "tensors"),
    ("def init_weights(module, name=''): ...", "module,name"),
    ("def init_weights(module: nn.Module, name: str = ''): ...", "module,name"),
    ("def init_weights(m, module_name): ...", "module,name"),
    ("def init_weights(m, mode='fan_in'): ...", "modules"),
    ("def init_weights(m, name='xavier'): ...", "modules"),
    ("def init_weights(name, m): ...", "name,module"),
    ("def init_weights(name: str, module: nn.Module): ...", "name,module"),
    ("def init_weights(name, param): ...", "name,tensor"),
    ("def init_weights(n, p): ...", "name,tensor"),
    ("def init_weights(p: nn.Parameter, key: str): ...", "tensor,name"),
    ("def _init_weights(self, module): ...", "net,module"),
    ("def _init_weights(self, m): ...", "net,module"),
    ("def _init_weights(self, w): ...", "net,tensor"),
    ("def init_weights(self): ...", "net"),
    ("init = lambda m: None", "modules"),
    ("init = lambda w: None", "tensors"),
    ("init = lambda net: None", "net"),
    ("init = lambda name, p: None", "name,tensor"),
    ("def f(std, m): ...\ninit = functools.partial(f, 0.02)", "modules"),
    ("def f(w, std): ...\ninit = functools.partial(f, std=0.02)", "tensors"),
    ("init = functools.partial(nn.init.normal_, std=0.02)", "tensors"),
    ("init = nn.init.zeros_", "tensors"),
    ("@torch.no_grad()\ndef init(net): ...", "net"),
    ("def f(w): ...\ninit = torch.no_grad()(f)", "tensors"),
    ("def make(std):\n    def f(w): ...\n    return f\ninit = make(0.02)", "tensors"),
    ("def make(std):\n    return lambda net: None\ninit = make(0.02)", "net"),
    ("class Init:\n    def __call__(self, m): ...", "modules"),
    ("class Init:\n    def __call__(self, net): ...", "net"),
    ("class Init:\n    def __init__(self, std): ...\n    def __call__(self, w): ...\ninit = Init(0.02)", "tensors"),
    ("class Init:\n    def __init__(self, std=1): ...\n    def __call__(self, module, name=''): ...", "module,name"),
    ("@dataclass\nclass Init:\n    std: float = 0.02\n    def __call__(self, m): ...", "modules"),
]
MARKS = ("module,name", "name,module", "tensor,name", "name,tensor", "net,module", "net,tensor")


@pytest.mark.parametrize(("code", "given"), WAYS)
def test_a_text_and_the_object_it_makes_ask_for_the_same(code: str, given: str) -> None:
    text = HEAD + code
    names: dict[str, object] = {"__name__": "mine"}
    exec(text, names)
    reading, called = read(text), [*defined(ast.parse(text))][-1]
    found = names[called.name]
    assert callable(found)
    of_object = of_function(called.name, found)
    assert reading.applies_to == of_object.applies_to == given
    if "nn.init" not in code:  # of torch's own, only the object tells what else they take
        assert (reading.choices, reading.called) == (of_object.choices, of_object.text)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def f(m, std): ...\ninit = functools.partial(f, m=None)", "init takes (*, std); an init takes one argument"),
        ("class Init:\n    def __init__(self, std): ...\n    def __call__(self, m): ...", "my_init = Init(...)"),
        ("def init(m, n): ...", "takes (m, n)"),
        ("def init(*, m): ...", "takes (*, m)"),
    ],
)
def test_what_cannot_be_called_says_how_to_write_it(code: str, says: str) -> None:
    with pytest.raises(ValueError, match="line") as refused:
        read(HEAD + code)
    assert says in str(refused.value)


INIT = """
def mark(*things):
    for thing in things:
        if isinstance(thing, str):
            size = 0.1 * len(thing)
    for thing in things:
        if isinstance(thing, torch.Tensor) and thing.dim() > 1:
            nn.init.normal_(thing, mean=size if "size" in locals() else len(list(things[0].modules())))
        if thing is things[-1] and isinstance(thing, nn.Linear) or len(things) > 1 and isinstance(thing, nn.Linear):
            nn.init.normal_(thing.weight, mean=size if "size" in locals() else len(list(things[0].modules())))
"""


@pytest.mark.parametrize("root", ["", "1"])
@pytest.mark.parametrize("way", MARKS)
def test_the_script_does_what_was_done(way: AppliesTo, root: str) -> None:
    recipe = Recipe("rgnet").then(Custom(INIT, "mark", way, root, seed=3))
    names: dict[str, object] = {"__name__": "__main__"}
    exec(to_script(recipe), names)
    net, built = replay(recipe), replay(recipe.prefix(0))
    script = names["net"]
    assert isinstance(script, nn.Module)
    state = script.state_dict()
    assert all(torch.equal(state[name], value) for name, value in net.state_dict().items())
    written = [name for name, p in built.named_parameters() if not torch.equal(p, net.get_parameter(name))]
    inside = [name for name, p in built.named_parameters() if name.startswith(root) and p.dim() > 1]
    assert written == inside


OWN = HEAD + (
    "class Net(nn.Module):\n"
    "    def __init__(self):\n"
    "        super().__init__()\n"
    "        self.std = 0.25\n"
    "        self.inner = nn.Sequential(nn.Linear(30, 30), nn.Linear(30, 30))\n"
    "    def _init_weights(self, module):\n"
    "        if isinstance(module, nn.Linear):\n"
    "            nn.init.normal_(module.weight, std=self.std)\n"
    "    def init_weights(self):\n"
    "        self.apply(self._init_weights)\n"
    "class Counting:\n"
    "    def __init__(self):\n"
    "        self.calls = 0\n"
    "    def __call__(self, p):\n"
    "        self.calls += 1\n"
    "        nn.init.constant_(p, self.calls)\n"
)


@pytest.mark.parametrize("init", ["Net._init_weights", "Net.init_weights", "Counting"])
def test_methods_and_classes_of_a_file_run_alike_in_page_and_script(init: str, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    path = f"{tmp_path}/own.py"
    with files_imported((one_object("model", f"{path}:Net"), one_object("init", f"{path}:{init}")), 0) as files:
        assert not files.complaints
        (own,) = files.inits
        recipe = Recipe("own.py:Net").then(FileInit(own.name, own.applies_to, seed=3))
        net, again, script = replay(recipe), replay(recipe), to_script(recipe)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))
    code = script + "\nprint([p.double().sum().item() for p in net.parameters()])\n"
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == str([p.double().sum().item() for p in net.parameters()]), ended.stderr


def test_timms_own_functions_are_given_modules_and_their_names() -> None:
    transformer = imported("timm.models.vision_transformer")
    assert of_function("init_weights_vit_timm", transformer.init_weights_vit_timm).applies_to == "module,name"
