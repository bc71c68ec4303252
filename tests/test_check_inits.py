"""What the check says of an init that cannot be called or wrote to nothing, and of what stands for a tensor."""

import json
import os
from pathlib import Path

import pytest

from core.check import main

#: Torch warns of what is quantized.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
MODELS = """
import os

import torch
from torch import nn


def plain():
    return nn.Sequential(nn.Linear(40, 80), nn.ReLU(), nn.Linear(80, 30))


def quantized():
    return nn.Sequential(nn.Linear(40, 80), nn.ReLU(), torch.ao.nn.quantized.dynamic.Linear(80, 30))


def all_quantized():
    return torch.ao.nn.quantized.dynamic.Linear(80, 30)


def untensored():
    net = plain()
    net[2]._parameters["weight"] = 3
    return net


def unbuffered():
    net = plain()
    net[1]._buffers["mask"] = [1.0]
    return net


def leaves():
    os._exit(0)


def forks():
    if (child := os.fork()) == 0:
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    return plain()


def number():
    return 3


five = 5
"""
INITS = """
import copy
import functools
import os

import torch
from torch import nn


def two_args(a, b):
    if a.dim() == 1:
        nn.init.zeros_(a)


def yielding(m):
    yield
    nn.init.zeros_(m.weight)


async def later(m):
    nn.init.zeros_(m.weight)


class Yielding:
    def __call__(self, m):
        yield m


half = functools.partial(yielding)
five = 5


class Zeros:
    def __call__(self, m):
        if isinstance(m, nn.Linear):
            nn.init.zeros_(m.bias)


def made():
    return Zeros()


def leaves(m):
    os._exit(0)


def untensors(m):
    if isinstance(m, nn.Linear):
        m._parameters["bias"] = 0


def averaging(net):
    twin = copy.deepcopy(net)
    for p in twin.parameters():
        p.data.mul_(0.99)
    nn.init.zeros_(net[2].bias)


def averaging_first(net):
    nn.init.zeros_(net[2].bias)
    twin = copy.deepcopy(net)
    nn.init.ones_(twin[2].bias)


def rebound(m):
    if isinstance(m, nn.Linear):
        w = m.weight
        w = torch.randn_like(w)


class Further:
    def __call__(self, m):
        if isinstance(m, nn.Linear) and m.weight.grad is not None:
            nn.init.zeros_(m.bias)


def both_ways(m):
    if isinstance(m, nn.Linear):
        nn.init.zeros_(m.bias)
        nn.init.normal_(m.bias.clone())
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A folder with models and inits, as references begin."""
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    (tmp_path / "inits.py").write_text(INITS, encoding="utf-8")
    return str(tmp_path)


class TestWhatAnInitDidInstead:
    def test_is_named_with_line_and_file(self, own: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([f"{own}/models.py:plain", "--init", f"{own}/inits.py:rebound"]) == 1
        said = capsys.readouterr().out
        line = INITS.splitlines().index("        w = torch.randn_like(w)") + 1
        assert f"torch.randn_like(w) in line {line} of inits.py makes a new tensor" in said
        assert "never matched" not in said

    def test_is_named_of_a_method_too(self, own: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([f"{own}/models.py:plain", "--init", f"{own}/inits.py:Further"]) == 1
        line = 1 + next(number for number, text in enumerate(INITS.splitlines()) if "grad is not None" in text)
        assert f"m.weight.grad is not None in line {line} was never true" in capsys.readouterr().out

    @pytest.mark.parametrize("init", ["averaging", "averaging_first"])
    def test_to_a_copy_of_the_net_beside_it_is_no_lost_write(
        self, init: str, own: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([f"{own}/models.py:plain", "--init", f"{own}/inits.py:{init}", "--json"]) == 0
        (found,) = json.loads(capsys.readouterr().out)
        assert (found["nothing_written"], found["told"]) == ("", [])

    def test_beside_a_write_is_told_without_saying_that_nothing_was_written(
        self, own: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([f"{own}/models.py:plain", "--init", f"{own}/inits.py:both_ways", "--json"]) == 0
        (found,) = json.loads(capsys.readouterr().out)
        assert found["nothing_written"] == ""
        assert "m.bias.clone()" in found["told"][0]


def test_a_fork_of_the_model_s_own_leaves_as_it_would(own: str) -> None:
    leave = os._exit
    assert main([f"{own}/models.py:forks"]) == 0
    assert os._exit is leave


def test_an_init_may_be_written_as_it_is_made(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    model = f"{own}/models.py:plain()"
    assert main([model, "--init", f"{own}/inits.py:Zeros()"]) == 0
    assert main([model, "--init", f"{own}/inits.py:made()"]) == 2
    assert "made() is what calling it gives; write my_init = made() in the file" in capsys.readouterr().err


def test_an_init_of_two_arguments_can_be_told_what_they_are(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [f"{own}/models.py:plain", "--init", f"{own}/inits.py:two_args"]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "an init takes one argument, a module or a tensor: give the others defaults; or say what it is given" in said
    ways = said.strip().rpartition("--given ")[2].split("|")
    assert "tensor,name" in ways
    assert main([*arguments, "--given", "tensor,name"]) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["models.py:leaves"], "models.py:leaves fails: models.py line 33: SystemExit: os._exit(0)"),
        (["models.py:plain", "--init", "inits.py:leaves"], "SystemExit: os._exit(0), at 0 (Linear)"),
        (["models.py:number"], "gives an int, not an nn.Module"),
        (["models.py:five"], "is an int; it needs to be an nn.Module"),
        (["models.py:plain", "--init", "inits.py:five"], "is an int; it needs to be a function"),
        (["models.py:plain", "--init", "inits.py:yielding"], "is a generator: calling it runs none of its body"),
        (["models.py:plain", "--init", "inits.py:Yielding"], "is a generator: calling it runs none of its body"),
        (["models.py:plain", "--init", "inits.py:half"], "is a generator: calling it runs none of its body"),
        (["models.py:plain", "--init", "inits.py:later"], "is async; write def instead of async def"),
        (["models.py:untensored"], "the parameter 2.weight is an int, not a tensor"),
        (["models.py:unbuffered"], "the buffer 1.mask is a list, not a tensor"),
        (["models.py:plain", "--init", "inits.py:untensors"], "the parameter 0.bias is an int, not a tensor"),
    ],
)
def test_what_cannot_be_read_or_called_is_one_sentence_that_names_it(
    own: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{own}/{part}" if ".py" in part else part for part in arguments]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("model", "named", "judged"), [("quantized", "2", "2 consistent"), ("all_quantized", "the net", "no tensors")]
)
def test_a_quantized_layer_could_not_be_checked(
    own: str, model: str, named: str, judged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{own}/models.py:{model}"]) == 2
    shown = capsys.readouterr()
    assert f"core.check: {named} could not be checked: its tensors are packed by quantization" in shown.err
    assert judged in shown.out


PASSED_OVER = """
import torch
from torch import nn


def not_loaded(net):
    sd = net.state_dict()
    sd["2.weight"] = torch.randn(30, 80) * 0.02


def not_loaded_bias(net):
    sd = net.state_dict()
    sd["0.bias"] = torch.zeros(80)


def cloned(net):
    nn.init.normal_(net.state_dict()["2.weight"].clone())


def two(net):
    sd = net.state_dict()
    sd["0.bias"] = torch.zeros(80)
    net[2].weight.mul(2)


def of_each(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight.clone())


def convolutions(m):
    if isinstance(m, nn.Conv2d):
        nn.init.normal_(m.weight)
"""


@pytest.mark.parametrize(
    ("init", "says"),
    [
        ("not_loaded", ["2.weight: the dict was changed, not loaded"]),
        ("not_loaded_bias", ["0.bias: the dict was changed, not loaded"]),
        ("cloned", ["2.weight: the code wrote to a copy"]),
        ("two", ["0.bias: the dict was changed, not loaded", "2.weight: net[2].weight.mul(2) in line 23"]),
        ("of_each", ["0.weight, 2.weight: the code wrote to a copy"]),
        ("convolutions", ["(m): the rule never matched: isinstance(m, nn.Conv2d) in line 32"]),
    ],
)
def test_why_nothing_was_written_is_told_of_the_tensors_that_the_init_had_to_do_with(
    own: str, init: str, says: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(f"{own}/passed.py").write_text(PASSED_OVER)
    assert main([f"{own}/models.py:plain", "--init", f"{own}/passed.py:{init}"]) == 1
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "nothing was written" in line)
    assert all(each in line for each in says)
    assert "passed over" not in line
    assert line.count("weight: ") + line.count("bias: ") == sum("weight: " in s or "bias: " in s for s in says)
