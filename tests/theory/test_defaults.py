"""PyTorch's own initializations, recognized on every module that has one, and fans in truth."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from core.module.walk import find_tensor, named_tensors
from core.questions.theory import Fans
from core.theory.fans import fans
from core.theory.model_verdict import ModelCheck
from core.theory.probability import moments, support
from tests.theory.origin import built, label

#: Large enough that a std wrong by half would show in every weight.
MODULES: dict[str, Callable[[], nn.Module]] = {
    "Linear": lambda: nn.Linear(40, 80),
    "Linear without bias": lambda: nn.Linear(40, 80, bias=False),
    "Conv1d": lambda: nn.Conv1d(16, 64, 3),
    "Conv2d with groups": lambda: nn.Conv2d(16, 64, 3, groups=4),
    "Conv3d": lambda: nn.Conv3d(4, 64, 3),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(32, 64, 4),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(32, 64, 4, stride=2, groups=2),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(8, 64, 2),
    "Bilinear": lambda: nn.Bilinear(9, 30, 70),
    "Embedding": lambda: nn.Embedding(70, 30),
    "Embedding with padding": lambda: nn.Embedding(70, 30, padding_idx=-3),
    "EmbeddingBag": lambda: nn.EmbeddingBag(70, 30, padding_idx=2),
    "RNN": lambda: nn.RNN(30, 70, 2, bidirectional=True),
    "LSTM": lambda: nn.LSTM(30, 70, proj_size=20),
    "GRU": lambda: nn.GRU(30, 70, bias=False),
    "RNNCell": lambda: nn.RNNCell(30, 70),
    "LSTMCell": lambda: nn.LSTMCell(30, 70),
    "GRUCell": lambda: nn.GRUCell(30, 70),
    "MultiheadAttention": lambda: nn.MultiheadAttention(64, 4),
    "MultiheadAttention, separate": lambda: nn.MultiheadAttention(64, 4, kdim=48, vdim=32, add_bias_kv=True),
    "TransformerEncoderLayer": lambda: nn.TransformerEncoderLayer(64, 4, 80),
    "TransformerEncoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 80, batch_first=True), 2),
    "Transformer": lambda: nn.Transformer(64, 4, 1, 1, 80, batch_first=True),
    "BatchNorm2d": lambda: nn.BatchNorm2d(64),
    "SyncBatchNorm": lambda: nn.SyncBatchNorm(64),
    "InstanceNorm1d": lambda: nn.InstanceNorm1d(64, affine=True, track_running_stats=True),
    "LayerNorm": lambda: nn.LayerNorm(64),
    "GroupNorm": lambda: nn.GroupNorm(4, 64),
    "RMSNorm": lambda: nn.RMSNorm(64),
    "PReLU": lambda: nn.PReLU(64, init=0.1),
}


@pytest.mark.parametrize("build", MODULES.values(), ids=list(MODULES))
def test_every_tensor_of_torchs_modules_has_the_theory_it_is_drawn_by(build: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    module, origins = built(build)
    check = ModelCheck(module, origins)
    for entry in named_tensors(module):
        found = check.tensor(entry.name)
        assert found.expected is not None, found.source
        assert "PyTorch's default of" in found.source
        assert (found.story.of or found.story).kind in ("default", "filled", "drawn")
        assert found.verdict.kind == "consistent", (entry.name, found.verdict)
        if entry.tensor.numel() > 500 and found.expected.std:
            assert float(entry.tensor.detach().std()) == pytest.approx(found.expected.std, rel=0.15)
    assert check.model().kind == "consistent"


def std_and_support(build: Callable[[], nn.Module], name: str) -> tuple[float, tuple[float, float]]:
    found = built(build)[1][name].promise
    assert found is not None
    return moments(found.distribution).std, support(found.distribution)


def test_the_bounds_are_those_of_the_table() -> None:
    assert std_and_support(lambda: nn.Linear(4, 8), "bias")[1] == pytest.approx((-0.5, 0.5))
    assert std_and_support(lambda: nn.Linear(4, 8), "weight")[0] == pytest.approx(12**-0.5)
    assert std_and_support(lambda: nn.ConvTranspose2d(64, 128, 4), "weight")[1][1] == pytest.approx(2048**-0.5)
    assert std_and_support(lambda: nn.Bilinear(9, 30, 70), "weight")[1][1] == pytest.approx(1 / 3)
    assert std_and_support(lambda: nn.LSTM(30, 16), "bias_ih_l0")[1][1] == pytest.approx(0.25)

    def attention() -> nn.Module:
        return nn.MultiheadAttention(64, 4)

    assert std_and_support(attention, "in_proj_weight")[1][1] == pytest.approx((6 / 256) ** 0.5)
    assert std_and_support(attention, "out_proj.weight")[1][1] == pytest.approx(1 / 8)

    def inside() -> nn.Module:
        return nn.Transformer(64, 4, 1, 1, 80, batch_first=True)

    assert std_and_support(inside, "encoder.layers.0.self_attn.out_proj.weight")[1][1] == pytest.approx(
        (6 / 128) ** 0.5
    )
    assert std_and_support(inside, "encoder.layers.0.linear1.bias")[1][1] == pytest.approx(1 / 8)


def test_a_padding_row_is_zero_and_no_part_of_the_distribution() -> None:
    torch.manual_seed(0)
    net, origins = built(lambda: nn.Embedding(70, 30, padding_idx=-3))
    assert [premise.part.as_text((70, 30)) for premise in origins["weight"].premises] == ["[:67]", "[68:]", "[67]"]
    with torch.no_grad():
        net.get_parameter("weight")[67, 4] = 1
    sentence = ModelCheck(net, origins).tensor("weight").verdict.sentence
    assert sentence == "[67] 1 of 30 values differ from 0: the first at [67, 4] is 1"


class OwnReset(nn.Linear):
    def reset_parameters(self) -> None:
        nn.init.orthogonal_(self.weight)


class OwnForward(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return -super().forward(x)


class MyLinear(nn.Module):
    """The d2l book's layer, which stores (in, out)."""

    def __init__(self, in_units: int, units: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(in_units, units))
        self.bias = nn.Parameter(torch.randn(units))


def test_a_class_that_draws_in_its_own_way_is_held_to_that() -> None:
    orthogonal = built(lambda: OwnReset(30, 40))[1]["weight"]
    assert (orthogonal.story.kind, orthogonal.story.function, orthogonal.story.owner) == ("drawn", "orthogonal_", None)
    assert label(orthogonal) == "orthogonal, gain 1"
    assert built(lambda: OwnForward(3, 4))[1]["weight"].story.owner == "Linear"
    assert label(built(lambda: MyLinear(3, 4))[1]["weight"]) == "N(0, 1²)"


def test_of_what_is_computed_in_a_way_that_is_not_followed_nothing_is_promised() -> None:
    found = built(lambda: parametrizations.weight_norm(nn.Linear(3, 4)))[1]
    assert found["parametrizations.weight.original0"].promise is None


def test_a_tensor_tied_between_modules_is_what_the_one_that_drew_it_made() -> None:
    def tied(first: int, second: int) -> nn.Module:
        net = nn.Sequential(nn.Embedding(8, 4), nn.Linear(4, 8, bias=False), nn.Linear(4, 8, bias=False))
        net[second].weight = net[first].weight
        return net

    assert label(built(lambda: tied(0, 1))[1]["0.weight"]) == "N(0, 1²)"
    assert label(built(lambda: tied(1, 0))[1]["0.weight"]) == "U(−0.5, 0.5)"


def test_lazy_tensors_have_no_theory_yet() -> None:
    assert "uninitialized" in built(lambda: nn.LazyLinear(3))[1]["weight"].text


# Fans.


def fans_of(module: nn.Module, name: str = "weight") -> Fans:
    found = fans(find_tensor(module, name))
    assert found is not None
    return found


def test_fans_of_a_linear_layer() -> None:
    found = fans_of(nn.Linear(4, 8))
    assert found == Fans((4, 8), (4, 8), ("fan_in = size(1) = 4", "fan_out = size(0) = 8"), "")


def test_the_fan_out_of_a_grouped_convolution_is_overstated() -> None:
    found = fans_of(nn.Conv2d(64, 128, 3, groups=4))
    assert (found.torch, found.true) == ((144, 1152), (144, 288))
    assert "fan_out is 4 times too large" in found.note
    assert fans_of(nn.Conv2d(64, 64, 3, groups=64)).torch == (9, 576)
    assert fans_of(nn.Conv2d(64, 64, 3)).note == ""


def test_a_transposed_convolution_swaps_its_fans() -> None:
    found = fans_of(nn.ConvTranspose2d(64, 128, 4, stride=2))
    assert (found.torch, found.true) == ((2048, 1024), (256, 2048))
    assert "is its fan-out" in found.note
    assert "true fan_in = in / groups · k / stride = 64 / 1 · 16 / 4 = 256" in found.arithmetic


def test_the_true_fan_in_of_convolutions_is_the_number_of_terms_of_an_output() -> None:
    layers: list[tuple[nn.Module, Tensor]] = [
        (nn.Conv2d(6, 4, 3, groups=2, bias=False), torch.ones(1, 6, 12, 12)),
        (nn.ConvTranspose2d(6, 4, 4, stride=2, groups=2, bias=False), torch.ones(1, 6, 12, 12)),
        (nn.Bilinear(3, 5, 2, bias=False), torch.ones(1, 3)),
    ]
    for layer, inputs in layers:
        nn.init.ones_(layer.get_parameter("weight"))
        true = fans_of(layer).true
        assert true is not None
        output = layer(inputs) if not isinstance(layer, nn.Bilinear) else layer(inputs, torch.ones(1, 5))
        assert true[0] == float(output.detach().max())  # at the borders there are fewer


def test_weights_stored_in_by_out_are_pointed_at() -> None:
    found = fans_of(MyLinear(5, 3))
    assert (found.torch, found.true) == ((3, 5), (5, 3))
    assert "stored (in, out)" in found.note
    assert "w.T" in found.note
    assert fans_of(MyLinear(3, 3)).true is None


def test_lookups_packed_weights_gates_and_biases_are_pointed_at() -> None:
    tied = nn.Sequential(nn.Embedding(64, 768), nn.Linear(768, 64))
    tied[1].weight = tied[0].weight
    found = fans(find_tensor(tied, "0.weight"), (find_tensor(tied, "1.weight"),))
    assert found is not None
    assert found.true == (1, 768)
    assert "sqrt(768) = 27.7" in found.note
    packed = fans_of(nn.MultiheadAttention(64, 4), "in_proj_weight")
    assert (packed.torch, packed.true) == ((64, 192), (64, 64))
    assert "0.707 times" in packed.note
    own = nn.ModuleDict({"qkv": nn.Linear(64, 192), "up": nn.Linear(64, 192)})
    assert fans_of(own, "qkv.weight").true == (64, 64)
    assert fans_of(own, "up.weight").true == (64, 192)
    gates = fans_of(nn.LSTM(30, 70), "weight_ih_l0")
    assert gates.true == (30, 70)
    assert "stack 4 gates" in gates.note
    bias = fans_of(nn.Linear(4, 8), "bias")
    assert (bias.torch, bias.true) == (None, None)
    assert "ValueError" in bias.note
    assert fans(find_tensor(nn.BatchNorm1d(3), "running_mean")) is None
