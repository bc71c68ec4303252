"""How a person's code is read: what it wants to be called with, or the line at fault."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.code.errors import CodeError
from core.code.reading import read, read_source
from core.questions.code import Reading
from tests.code.written import MY_INIT


class TestReading:
    @pytest.mark.parametrize(
        ("code", "reading"),
        [
            (MY_INIT, Reading("my_init", "modules")),
            ("def my_init_(w):\n    w.fill_(1)", Reading("my_init_", "tensors")),
            ("def init(x: torch.Tensor): x.zero_()", Reading("init", "tensors")),
            ("def init(m: nn.Module): ...", Reading("init", "modules")),
            ("def init(net: nn.Module): ...", Reading("init", "net")),
            ("def std(m): return 1\ndef init(m, gain=2): std(m)", Reading("init", "modules")),
            ("import math\nfrom torch import nn\nA = 3\ndef init(m): ...", Reading("init", "modules")),
            ("for name, p in net.named_parameters():\n    nn.init.normal_(p)", Reading("", "statements")),
            ("net[0].weight.data[:] += 1", Reading("", "statements")),
            ("torch.nn.init.zeros_(net[0].bias)", Reading("", "statements")),
        ],
    )
    def test_tells_how_code_wants_to_be_run(self, code: str, reading: Reading) -> None:
        assert read(code) == reading

    @pytest.mark.parametrize(
        ("code", "sentence", "line"),
        [
            ("x = 1", "defines no function", None),
            ("def f(m:", "was never closed", 1),
            ("def f(m):\n\tx = 1\n        y = 2", "TabError", 3),
            ("def a(m): ...\ndef b(m): ...", "a and b, each of which could be the init", 2),
            ("def f(m, std): ...", "takes (m, std); an init takes one argument", 1),
            ("def f(): ...", "takes (); an init takes one argument", 1),
            ("return 3", "'return' outside function", 1),
            ("async def f(m): ...", "is async", 1),
            (
                "def f(m):\n    nn.init.zeros_(m.bias)\n    yield",
                "f is a generator: calling it runs none of its body",
                1,
            ),
            ("class Odd:\n    def __call__(self, m):\n        x = yield m", "Odd is a generator", 1),
            ("def f(a, b): ...", "takes (a, b); an init takes one argument, a module or a tensor: give", 1),
            ("def f(a, b): ...", "or name them for what they are given, as (module, name) or (tensor, name)", 1),
            ("print('hello')", "do not use net", None),
            ("def loss(m): ...", "loss, a name that the model's script uses", 1),
            ("net = nn.Linear(3, 3)\nnet.weight.data.zero_()", "net, a name that the model's script uses", 1),
            ("(" * 5000, "too many nested parentheses", 1),
        ],
    )
    def test_refuses_with_the_line(self, code: str, sentence: str, line: int | None) -> None:
        with pytest.raises(CodeError) as refused:
            read(code)
        assert sentence in str(refused.value)
        assert refused.value.line == line

    def test_leaves_the_names_of_the_model_alone(self) -> None:
        with pytest.raises(CodeError, match="defines Block"):
            read("class Block: ...\ndef init(m): ...", "class Block: ...")

    @pytest.mark.parametrize("line", ["import numpy as np", "from torch import Tensor", "import random, scipy.stats"])
    def test_may_import_what_the_model_imports(self, line: str) -> None:
        assert read(f"{line}\ndef init(m): ...", f"{line}\nclass Net: ...").function == "init"
        with pytest.raises(CodeError, match="defines"):
            read("np = Tensor = random = 3\ndef init(m): ...", f"{line}\nclass Net: ...")

    @given(st.text(max_size=40))
    def test_of_any_text_is_a_reading_or_a_sentence(self, code: str) -> None:
        with contextlib.suppress(CodeError):
            assert read(code).applies_to in ("modules", "tensors", "net", "statements")

    @pytest.mark.parametrize(
        ("code", "entry"),
        [
            ("def build(): ...\nclass Net(nn.Module): ...", "build"),
            ("class Block(nn.Module): ...\nclass Net(nn.Module): ...", "Net"),
            ("def net_of_mine(): ...\ndef batch(size): ...", "net_of_mine"),
            ("class Net(nn.Module):\n    def __init__(self): self.b = Block()\nclass Block(nn.Module): ...", "Net"),
            ("class A(nn.Module): b = lambda: B\nclass B(nn.Module): a = lambda: A", "B"),
            ("class MLP(nn.Module): ...\ndef make_net(): return MLP(16)", "make_net"),
            ("class MLP(nn.Module): ...\ndef make_net(width): return MLP(width)", "MLP"),
            ("class MLP(nn.Module): ...\ndef seed(): torch.manual_seed(0)", "MLP"),
            ("class MLP(nn.Module): ...\ndef small(): return MLP()\ndef large(): return MLP()", "MLP"),
            ("class MLP(nn.Module): ...\ndef train(): MLP().train()", "MLP"),
            ("class MLP(nn.Module): ...\ndef main(): return MLP()\nif __name__ == '__main__': main()", "MLP"),
        ],
    )
    def test_of_model_code_finds_what_builds_it(self, code: str, entry: str) -> None:
        assert read_source(code).entry == entry

    def test_of_model_code_without_any_says_so(self) -> None:
        with pytest.raises(CodeError, match="no function; write def build"):
            read_source("x = 1")

    def test_of_model_code_that_makes_net_itself_says_how_to_give_it(self) -> None:
        with pytest.raises(CodeError, match=r"makes net itself; write def build\(\): return nn\.Sequential") as caught:
            read_source("from torch import nn\n\nnet = nn.Sequential(nn.Linear(4, 8))")
        assert caught.value.line == 3
