"""One tensor of an odd kind in a net: it is named with the reason, and the others get their verdicts."""

import json
from pathlib import Path

import pytest

from core.check import main

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")

MODELS = """
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.masked import masked_tensor


def around(odd, buffer=False):
    net = nn.Sequential(nn.Linear(40, 80), nn.ReLU(), nn.Linear(80, 30))
    net.add_module("holds", nn.Module())
    if buffer:
        net.holds.register_buffer("weight", odd)
    else:
        net.holds.weight = nn.Parameter(odd, requires_grad=False)
    return net


class Named(torch.Tensor):
    pass


class Wraps(torch.Tensor):
    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.detach.default:
            return cls(args[0].inner)
        raise ValueError(f"{func} is not carried out")


def rows():
    return [torch.randn(3, 4), torch.randn(5, 4)]


def faked():
    with FakeTensorMode():
        return torch.randn(8, 9)


def freed():
    net = around(torch.randn(8, 9))
    net.holds.weight.untyped_storage().resize_(0)
    return net


ODD = {
    "nested": lambda: torch.nested.nested_tensor(rows()),
    "jagged": lambda: torch.nested.nested_tensor(rows(), layout=torch.jagged),
    "coo": lambda: torch.randn(8, 9).to_sparse(),
    "csr": lambda: torch.randn(8, 9).to_sparse_csr(),
    "csc": lambda: torch.randn(8, 9).to_sparse_csc(),
    "bsr": lambda: torch.randn(8, 8).to_sparse_bsr((2, 2)),
    "mkldnn": lambda: torch.randn(8, 9).to_mkldnn(),
    "quantized": lambda: torch.quantize_per_tensor(torch.randn(8, 9), 0.1, 0, torch.qint8),
    "meta": lambda: torch.empty(8, 9, device="meta"),
    "fake": faked,
    "masked": lambda: masked_tensor(torch.randn(8, 9), torch.rand(8, 9) > 0.5),
    "wraps": lambda: Wraps(torch.randn(8, 9)),
    "float4": lambda: torch.zeros(8, 9, dtype=torch.uint8).view(torch.float4_e2m1fn_x2),
    "complex": lambda: torch.randn(8, 9, dtype=torch.complex64),
    "subclass": lambda: torch.randn(80, 90).as_subclass(Named),
}
for name, odd in ODD.items():
    globals()[name] = lambda odd=odd: around(odd())
    globals()[name + "_buffer"] = lambda odd=odd: around(odd(), buffer=True)


def draws(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0, 0.02)


draws.expects = {"0.weight": normal(0, 0.02), "2.weight": normal(0, 0.02), "holds.*": anything()}


def plain():
    return nn.Sequential(nn.Linear(40, 80), nn.ReLU(), nn.Linear(80, 30))


def adds_nested(net):
    net.extra = nn.Parameter(torch.nested.nested_tensor(rows()))


def everything(net):
    for p in net.parameters():
        if p.is_floating_point():
            with torch.no_grad():
                p.fill_(0.5)

"""

#: What cannot be looked at, and what is said of it.
UNREADABLE = {
    "nested": "it is nested: its rows differ in length",
    "jagged": "it is nested: its rows differ in length",
    "meta": "it is on the meta device",
    "fake": "it is a FakeTensor, which does not show its values",
    "masked": "it is a MaskedTensor, which does not show its values",
    "wraps": "it is a Wraps, which does not show its values",
    "float4": "it is torch.float4_e2m1fn_x2 with layout torch.strided, which cannot be read as numbers",
    "complex": "complex values are not compared",
    "freed": "it is without memory: its storage was given back",
}
READABLE = ("coo", "csr", "csc", "bsr", "mkldnn", "quantized", "subclass")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The file of models, as references begin."""
    (tmp_path / "odd.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return f"{tmp_path}/odd.py"


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_parameter_that_cannot_be_looked_at_is_named_once(
    own: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{own}:{name}", "--story"]) == 2
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert shown.err.startswith("core.check: holds.weight (")
    assert f"could not be checked: {UNREADABLE[name]}" in shown.err
    assert shown.out.startswith("seed 0: 5 tensors: 4 consistent, 1 ")


@pytest.mark.parametrize("name", [name for name in (*UNREADABLE, *READABLE) if name != "freed"])
def test_a_buffer_of_that_kind_stops_nothing(own: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}:{name}_buffer", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    kinds = {row["name"]: row["verdict"]["kind"] for row in found["rows"]}
    assert [kind for row, kind in kinds.items() if row != "holds.weight"] == ["consistent"] * 4
    assert kinds["holds.weight"] in ("no theory", "cannot tell", "consistent")


@pytest.mark.parametrize("name", READABLE)
def test_a_parameter_that_can_be_read_is_looked_at(own: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}:{name}"]) == 0
    assert capsys.readouterr().out.startswith("seed 0: 5 tensors: ")


@pytest.mark.parametrize("init", ["own", "kaiming_normal"])
@pytest.mark.parametrize("name", [*UNREADABLE, *READABLE])
def test_an_init_reaches_the_others(own: str, name: str, init: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = main([f"{own}:{name}", "--init", f"{own}:draws" if init == "own" else init])
    shown = capsys.readouterr()
    assert status in (0, 2)
    assert (status == 2) == bool(shown.err)
    assert all("holds.weight" in line for line in shown.err.splitlines())
    lines = [line.split()[:2] for line in shown.out.splitlines()]
    assert ["consistent", "0.weight"] in lines
    assert ["consistent", "2.weight"] in lines


@pytest.mark.parametrize("name", ["nested", "jagged", "fake", "meta", "csr", "mkldnn"])
def test_an_init_may_write_to_it_too(own: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}:{name}", "--init", f"{own}:everything"]) in (0, 2)
    shown = capsys.readouterr()
    assert shown.err.count("\n") <= 1
    lines = [line.split()[:2] for line in shown.out.splitlines()]
    assert ["consistent", "0.weight"] in lines
    assert "holds.weight" in shown.out


def test_an_init_that_adds_one_is_told_so(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}:plain", "--init", f"{own}:adds_nested"]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("core.check: extra (?) could not be checked: it is nested")
    assert "extra: the code added it" in shown.out
    assert shown.out.startswith("seed 0: 5 tensors: 4 consistent, 1 ")
