"""Declarations in files that the command checks: where they may stand, and that one that cannot be exits with 2."""

from pathlib import Path

import pytest

from core.check import main

MODEL = """
import math
from math import sqrt as root
import torch
from torch import nn

WIDTH, STD = 80, 0.05
expects = {"*.weight": normal(0, STD), "*.bias": zeros()}

class Net(nn.Module):
    expects = {"fc.weight": uniform(-1 / math.sqrt(fan_in), 1 / root(fan_in)), "fc.bias": default()}
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(40, WIDTH)

def drawn(std, build=lambda: nn.Sequential(nn.Linear(40, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 30))):
    net = build()
    for layer in net.children():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0, std)
            nn.init.zeros_(layer.bias)
    return net

def build():
    return drawn(STD)

def too_wide():
    return drawn(1.5 * STD)

def of_its_class():
    return Net()

def by_fan_in():
    return drawn(1 / math.sqrt(40), lambda: nn.Sequential(nn.Linear(40, WIDTH)))
by_fan_in.expects = {"*.weight": normal(0, nn.init.calculate_gain("linear") / math.sqrt(fan_in)), "*.bias": zeros()}

def misspelled():
    return drawn(STD)
misspelled.expects = {"*.wieght": normal(0, STD)}
"""
INITS = """
import functools
import math
from torch import nn

def wide(m):
    if type(m) == nn.Linear:
        nn.init.normal_(m.weight, 0, math.sqrt(2 / m.in_features))
        nn.init.zeros_(m.bias)

wide.expects = {
    "*.weight": normal(0, math.sqrt(2) / math.sqrt(fan_in)),
    "*.bias": zeros(),
}
partly = functools.partial(wide)

def misspelled(m):
    wide(m)

misspelled.expects = {
    "*.bias": zeros(),
    "*.wieght": normal(0, 0.02),
}

def unfit(m):
    wide(m)

unfit.expects = {"*.bias": xavier_uniform()}

def as_text(m):
    wide(m)

as_text.expects = "{'*.weight': normal(0, sqrt(2 / fan_in)), '*.bias': zeros()}"

def for_convolutions(m):
    if isinstance(m, nn.Conv2d):
        nn.init.normal_(m.weight, 0, 0.02)

for_convolutions.expects = {"*.wieght": normal(0, 0.02)}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, text in (("net.py", MODEL), ("inits.py", INITS), ("unread.py", "expects = gaussian(0, 1)\n\n" + MODEL)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return str(tmp_path)


@pytest.mark.parametrize(
    ("build", "init", "status"),
    [
        ("build", None, 0),  # the file's own declaration
        ("too_wide", None, 1),
        ("of_its_class", None, 0),  # that of the class of what is built
        ("Net", None, 0),
        ("by_fan_in", None, 0),
        ("build", "wide", 0),
        ("build", "partly", 0),
        ("build", "as_text", 0),
    ],
)
def test_a_file_a_function_and_a_class_declare(folder: str, build: str, init: str | None, status: int) -> None:
    arguments = [f"{folder}/net.py:{build}", *(["--init", f"{folder}/inits.py:{init}"] if init else [])]
    assert main(arguments) == status


@pytest.mark.parametrize(
    ("build", "init", "says"),
    [
        (
            "net.py:misspelled",
            None,
            'net.py:misspelled declares what cannot be: line 39: "*.wieght" matches no tensor; did',
        ),
        ("net.py:build", "misspelled", 'inits.py:misspelled declares what cannot be: line 22: "*.wieght" matches no'),
        ("net.py:build", "unfit", 'line 28: "*.bias" cannot be true of 0.bias and 1 more: a tensor of shape (80,)'),
        ("net.py:build", "for_convolutions", '"*.wieght" matches no tensor; did you mean "*.weight"?'),
        ("unread.py:build", None, "unread.py line 1: NameError: name 'gaussian' is not defined"),
    ],
)
def test_what_cannot_be_is_said_where_it_is_written_and_exits_with_2(
    folder: str, build: str, init: str | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{folder}/{build}", *(["--init", f"{folder}/inits.py:{init}"] if init else [])]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


IN_TEXTS = """
from math import sqrt as root
import torch
from torch import nn
S, SIZES = .02, [40, 80]
expects = {"*.weight": "normal(0, S)", "*.bias": "zeros()"}
def build():
    net = nn.Sequential(nn.Linear(*SIZES))
    nn.init.normal_(net[0].weight, 0, S)
    nn.init.zeros_(net[0].bias)
    return net
def as_one():
    return build()
as_one.expects = "{'*.weight': normal(0, S * root(SIZES[0] / fan_in)), '*.bias': zeros()}"
class Net(nn.Sequential):
    STD = S
    expects = {"0.weight": "normal(0, STD)", "0.bias": "zeros()"}
    def __init__(self):
        super().__init__(*build())
def wrong():
    return build()
wrong.expects = {
    "0.weight": "nomral(0, 1)",
    "0.bias": "zeroes()",
    "*.weight": "normal(0, T)",
    "*.bias": "normal(0, -1)",
    "*": "mixture(",
}
def misspelt():
    return build()
misspelt.expects = "nomral(0, 1)"
"""


@pytest.mark.parametrize(
    ("build", "status", "says"),
    [
        ("build", 0, []),
        ("as_one", 0, []),
        ("Net", 0, []),
        (
            "wrong",
            2,
            [
                "texts.py line 23: 'nomral(0, 1)' is not part of a declaration; did you mean normal?",
                "line 24: 'zeroes()'",
                "line 25: 'T'",
                "line 26: ",
                "line 27: 'mixture('",
            ],
        ),
        ("misspelt", 2, ["texts.py line 31: 'nomral(0, 1)'"]),
    ],
)
def test_texts_of_a_file_know_what_it_defines_and_all_that_is_wrong_is_said(
    build: str, status: int, says: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "texts.py"
    path.write_text(IN_TEXTS, encoding="utf-8")
    assert main([f"{path}:{build}"]) == status
    error = capsys.readouterr().err
    assert all(each in error for each in says), error


def test_a_file_of_model_and_init_declares_for_the_init(folder: str) -> None:
    together = "from torch import nn\nexpects = normal(0, 0.02)\n\n\ndef build():\n    return nn.Linear(40, 80)\n\n\n"
    together += "def init(m):\n    nn.init.normal_(m.weight, 0, 0.02)\n"
    path = Path(folder) / "together.py"
    path.write_text(together, encoding="utf-8")
    assert main([f"{path}:build", "--init", f"{path}:init"]) == 0
    assert main([f"{path}:build"]) == 1
