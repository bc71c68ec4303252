"""What the check exits with: 1 where something is wrong, 2 where something could not be checked, never a traceback."""

import io
import json
import os
from pathlib import Path

import pytest

from core.check import main
from core.check.printing import printed
from core.theory import part_by_part
from core.theory.examination import Finding, examined

#: Torch warns of empty tensors, and of the older weight_norm.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
EXAMPLES = Path(__file__).parents[1] / "examples"
MODELS = """
import torch
from torch import nn


def plain():
    return nn.Sequential(nn.Linear(40, 80), nn.ReLU(), nn.Linear(80, 30))


def empty():
    return nn.Sequential(nn.Linear(40, 80), nn.Linear(0, 5))


def channels_last():
    convolutions = nn.Sequential(nn.Conv2d(8, 16, 3), nn.Conv2d(16, 64, 3))
    return convolutions.to(memory_format=torch.channels_last)


def inference():
    with torch.inference_mode():
        return plain()


def bf16():
    return plain().bfloat16()


def lazy():
    return nn.Sequential(nn.Linear(40, 80), nn.LazyLinear(3))


def meta():
    net = plain()
    net[2] = nn.Linear(80, 30, device="meta")
    return net


def leaves():
    raise SystemExit(3)


def interrupted():
    raise KeyboardInterrupt


def endless():
    return endless()


def unwritten():
    net = plain()
    net.scale = nn.Parameter(torch.empty(40))
    net.shift = nn.Parameter(torch.empty(40, 8))
    net.register_buffer("kept", torch.empty(3))
    nn.init.normal_(net.shift[:16])
    return net


normed = nn.Sequential(nn.utils.weight_norm(nn.Linear(40, 80)), nn.Linear(80, 30))
"""
INITS = """
import torch
from torch import nn


def of_convolutions(m):
    if isinstance(m, nn.Conv2d):
        nn.init.normal_(m.weight, 0, 0.02)


of_convolutions.expects = "normal(0, 0.02)"


def in_a_copy(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight.clone(), 0, 0.02)


def weights_init_(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0, 0.02)


weights_init_.expects = {"*.weight": normal(0, 0.02), "*.bias": default()}


def everything(it):
    for p in it.parameters():
        nn.init.constant_(p, 3.0)


everything.expects = "constant(3)"


def orthogonal(m):
    if hasattr(m, "weight"):
        nn.init.orthogonal_(m.weight)


def leaves(m):
    raise SystemExit


def endless(m):
    endless(m)
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with models and inits, as references begin."""
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    (tmp_path / "inits.py").write_text(INITS, encoding="utf-8")
    (tmp_path / "leaves.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    (tmp_path / "interrupts.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return str(tmp_path)


@pytest.mark.parametrize(
    ("model", "init", "says", "judged"),
    [
        ("empty", None, "1.weight (5, 0) could not be checked: it has no elements; give its layer", "0.weight"),
        ("empty", "orthogonal", "1.weight (5, 0) could not be checked", "0.weight"),
        ("empty", "xavier_normal", "1.weight (5, 0) could not be checked", "0.weight"),
        ("channels_last", "orthogonal", "initialize it before net.to(memory_format=torch.channels_last)", "1.bias"),
        ("inference", "orthogonal", "build the model outside torch.inference_mode()", "2.bias"),
        ("inference", "kaiming_normal", "0.weight (80, 40), 2.weight (30, 80) could not be checked", "2.bias"),
        ("bf16", "orthogonal", "not implemented for 'BFloat16'; initialize it in float32", "0.bias"),
        ("lazy", None, "let build() run one before it returns the model", "0.weight"),
        ("meta", None, "2.weight (30, 80), 2.bias (30,) could not be checked: it is on the meta device", "0.weight"),
    ],
)
def test_what_cannot_be_checked_is_named_and_the_others_get_their_verdict(
    own: str, model: str, init: str | None, says: str, judged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{own}/models.py:{model}", *(["--init", init] if init else [])]) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.err.count("\n") == 1
    assert any(line.split()[:2] == ["consistent", judged] for line in shown.out.splitlines())


def test_a_parameter_that_nobody_wrote_cannot_be_checked(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}/models.py:unwritten"]) == 2
    shown = capsys.readouterr()
    whole, part = shown.err.splitlines()
    said = "could not be checked: it was never written, memory as it was found; draw or fill it"
    assert f"scale (40,), kept (3,) {said}" in whole
    assert "shift (40, 8) could not be checked: [16:] of it was never written" in part
    assert "4 consistent, 3 without theory" in shown.out


def test_the_older_weight_norm_of_a_net_that_is_there_can_be_checked(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{own}/models.py:normed", "--init", f"{own}/inits.py:weights_init_", "--json"]) in (0, 1)
    (found,) = json.loads(capsys.readouterr().out)
    kinds = {row["name"]: row["verdict"]["kind"] for row in found["rows"]}
    assert kinds["1.weight"] == "consistent"
    assert {"0.weight_g", "0.weight_v"} <= kinds.keys()


def test_an_examination_that_fails_is_that_tensors_alone(
    own: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(seen, promise) -> Finding:  # type: ignore[no-untyped-def]
        if seen.values.shape == (80, 40):
            raise ZeroDivisionError("float division by zero")
        return examined(seen, promise)

    monkeypatch.setattr(part_by_part, "examined", failing)
    assert main([f"{own}/models.py:plain"]) == 2
    shown = capsys.readouterr()
    assert "0.weight (80, 40) could not be checked: it cannot be examined: float division by zero" in shown.err
    assert "3 consistent" in shown.out


@pytest.mark.parametrize("init", ["of_convolutions", "in_a_copy"])
def test_an_init_that_wrote_to_nothing_exits_with_1(own: str, init: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}/models.py:plain", "--init", f"{own}/inits.py:{init}"]) == 1
    assert f"nothing was written by {init}(m): " in capsys.readouterr().out


def test_what_an_init_is_given_is_said_and_can_be_chosen(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    model, init = f"{own}/models.py:plain", f"{own}/inits.py:weights_init_"
    assert main([model, "--init", init]) == 0
    said = "weights_init_(m) is given every module; --given tensors|net chooses otherwise"
    assert capsys.readouterr().out.splitlines()[-1] == said
    assert main([model, "--init", f"{own}/inits.py:everything", "--given", "net", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["init"], found["given"], found["unchecked"]) == ("everything(it)", "net", [])
    assert main([model, "--init", f"{own}/inits.py:everything", "--given", "module,name"]) == 2
    assert "it can be given modules or tensors or net, not module,name" in capsys.readouterr().err
    assert main([model, "--init", "orthogonal", "--given", "net"]) == 2
    assert main([model, "--init", init, "--given", "tensors"]) == 1
    assert "nothing was written" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "init", "given"), [("resnet", "zero_gamma", "modules"), ("transformer", "scaled_residual", "net")]
)
def test_the_examples_pass_through_the_command(
    file: str, init: str, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{EXAMPLES}/{file}.py:build", "--init", f"{EXAMPLES}/{file}.py:{init}", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["given"], found["nothing_written"]) == (given, "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["leaves.py:build"], "leaves.py cannot be imported: leaves.py line 1: SystemExit: 0"),
        (["interrupts.py:build"], "interrupts.py cannot be imported: interrupts.py line 1: KeyboardInterrupt"),
        (["models.py:leaves"], "models.py:leaves fails: models.py line 39: SystemExit: 3"),
        (["models.py:interrupted"], "KeyboardInterrupt"),
        (["models.py:endless"], "RecursionError"),
        (["models.py:plain", "--init", "inits.py:leaves"], "SystemExit, at 0 (Linear); nothing was changed"),
        (["models.py:plain", "--init", "inits.py:endless"], "RecursionError"),
        (["models.py:inference", "--init", "inits.py:orthogonal"], "build the model outside torch.inference_mode()"),
        (["models.py:bf16", "--init", "inits.py:orthogonal"], "initialize it in float32"),
        (["models.py:plain", "--init", "inits.py:orthogonal", "--given", "net"], "nothing was written"),
    ],
)
def test_whatever_a_file_raises_is_one_sentence(
    own: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([f"{own}/{part}" if ".py" in part else part for part in arguments])
    shown = capsys.readouterr()
    assert says in shown.err + shown.out
    if says == "nothing was written":
        assert status == 1
    else:
        assert (status, shown.err.count("\n")) == (2, 1)


def test_a_reader_that_has_gone_and_a_terminal_without_a_letter_cost_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as gone:
        printed("x" * 100_000, gone)
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    printed("U(−1, 1)", plain)
    plain.seek(0)
    assert plain.read() == "U(\\u22121, 1)\n"
