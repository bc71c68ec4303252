"""What lamps say of training, held against training: nets of every kind are trained and looked at again."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.module.walk import named_tensors
from core.theory import structure
from core.theory.symmetry import model_lamps
from tests.snapshots import snapshot
from tests.theory.nets import (
    Depends,
    Gated,
    OfAClass,
    TwoHeads,
    conv,
    embedded,
    hooked,
    mlp,
    normed,
    own_slopes,
    tied,
    twice_drawn,
    uneven_norm,
)

EQUAL, NEITHER, SLOPE = "equal units stay equal in training", "no gradient ever reaches either", "has no slope at what"
PASSES, LEARNS = "nothing passes through this layer", "it gets a gradient itself"


def trained(net: nn.Module, optimizer: str, inputs: Tensor) -> None:
    """Some steps on random targets."""
    torch.manual_seed(1)
    stepper = torch.optim.SGD(net.parameters(), 0.05, momentum=0.9)
    if optimizer == "Adam":
        stepper = torch.optim.Adam(net.parameters(), 0.01)  # type: ignore[assignment]
    target = torch.randn_like(net(inputs).detach())
    net.train()
    for _ in range(15):
        stepper.zero_grad()
        torch.autograd.backward((net(inputs) - target).square().mean())
        stepper.step()


def equal_rows(tensor: Tensor) -> int:
    """How many rows equal an earlier one but for the rounding of training."""
    rows = tensor.detach().reshape(tensor.shape[0], -1)
    near = ((rows[:, None] - rows[None]).abs().amax(-1) < 1e-5).tril(-1)
    return int(near.any(1).sum())


def takes_other_than_zeros(net: nn.Module, inputs: Tensor) -> set[str]:
    """The layers whose inputs are not all zero."""
    found: set[str] = set()
    handles = [
        layer.register_forward_pre_hook(lambda _m, given, name=name: found.update({name} if given[0].any() else ()))
        for name, layer in net.named_modules()
    ]
    net(inputs)
    for handle in handles:
        handle.remove()
    return found


def check(net: nn.Module, inputs: Tensor, optimizer: str) -> dict[str, tuple[str, ...]]:
    """The lamps of a net, once all that they say has come true in training."""
    before = snapshot(net)
    lamps = dict(model_lamps(net))
    assert snapshot(net) == before
    start = {entry.name: entry.tensor.detach().clone() for entry in named_tensors(net)}
    fed = takes_other_than_zeros(net, inputs)
    trained(net, optimizer, inputs)
    for name, sentences in lamps.items():
        weight, bias = net.get_parameter(name), name.replace("weight", "bias")
        said = " ".join(sentences)
        if EQUAL in said:
            assert equal_rows(weight) >= int(said.split()[0]), (name, said)
        if NEITHER in said or SLOPE in said:
            assert torch.equal(weight, start[name]), (name, said)
        if SLOPE in said and bias in start:
            assert torch.equal(net.get_parameter(bias), start[bias])
        if LEARNS in said and name.removesuffix(".weight") in fed:
            assert not torch.equal(weight, start[name]), (name, said)
    return lamps


X = torch.Generator().manual_seed(5)
FLAT, PICTURES, TOKENS = torch.rand(16, 4, generator=X), torch.rand(8, 6, 4, 4, generator=X), torch.arange(8)
#: A net, its inputs, and of which weights it is said that units stay equal.
NETS: dict[str, tuple[Callable[[], nn.Module], Tensor, set[str]]] = {
    "constant weights, zero biases": (lambda: mlp(0.3, 0.3, 0.3), FLAT, {"0.weight", "2.weight"}),
    "constant weights, torch's biases": (lambda: mlp(0.3, 0.3, 0.3, biases=None), FLAT, set()),
    "constant hidden layer, torch's last layer": (lambda: mlp(0.3, None), FLAT, set()),
    "constant last layer, torch's hidden layer": (lambda: mlp(None, 0.3), FLAT, set()),
    "constant first two of three": (lambda: mlp(0.3, 0.3, None), FLAT, {"0.weight"}),
    "constant, tanh": (lambda: mlp(0.3, 0.3, activation=nn.Tanh), FLAT, {"0.weight"}),
    "one constant layer": (lambda: mlp(0.3), FLAT, set()),
    "batch norm between": (lambda: normed(nn.BatchNorm1d), FLAT, {"0.weight"}),
    "layer norm between": (lambda: normed(uneven_norm), FLAT, set()),
    "constant convolutions": (lambda: conv(0.02, 0.02), PICTURES, {"0.weight", "2.weight"}),
    "constant convolution, torch's next": (lambda: conv(0.02, None), PICTURES, set()),
    "constant convolution of 3 groups": (lambda: conv(0.02, 0.02, groups=3), PICTURES, {"0.weight", "2.weight"}),
    "constant convolution of 6 groups": (lambda: conv(0.02, 0.02, groups=6), PICTURES, {"2.weight"}),
    "dirac of 3 groups": (lambda: conv(0.0, 0.0, groups=3, dirac=True), PICTURES, set()),
    "a class of one's own": (OfAClass, FLAT, {"first.weight"}),
    "with a residual": (lambda: OfAClass(residual=True), FLAT, set()),
    "with dropout": (lambda: OfAClass(dropout=0.5), FLAT, set()),
    "that cannot be followed": (Depends, FLAT, set()),
    "one layer in two places": (tied, FLAT, set()),
    "an embedding of ones": (embedded, TOKENS, set()),
    "a hook that weighs units": (hooked, FLAT, set()),
    "two constant heads": (lambda: TwoHeads(other=0.1), FLAT, {"first.weight"}),
    "two heads, one drawn": (lambda: TwoHeads(other=None), FLAT, set()),
    "a gate": (Gated, FLAT, set()),
    "two equal units of six": (twice_drawn, FLAT, {"0.weight"}),
    "slopes of their own": (own_slopes, FLAT, set()),
    "random slopes": (lambda: mlp(-0.3, 0.3, activation=nn.RReLU), FLAT, set()),
}


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("kind", NETS)
def test_units_that_are_said_to_stay_equal_do_and_no_others_are(kind: str, optimizer: str) -> None:
    build, inputs, stay = NETS[kind]
    net = build()
    before = {name: net.get_parameter(name).detach().clone() for name in stay}
    lamps = check(net, inputs, optimizer)
    assert not any(torch.equal(net.get_parameter(name), weight) for name, weight in before.items())
    assert {name for name, said in lamps.items() if EQUAL in " ".join(said)} == stay


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
class TestZeroLayers:
    def test_one_alone_leaves_zero_and_two_in_a_row_never_do(self, optimizer: str) -> None:
        one = check(mlp(None, 0.0, activation=nn.Tanh), FLAT, optimizer)
        assert LEARNS in one["2.weight"][0]
        assert PASSES in one["2.weight"][0]
        two = check(mlp(0.0, 0.0, activation=nn.Tanh), FLAT, optimizer)
        assert two["0.weight"][0].startswith("this layer and '2' after it are zero: no gradient ever reaches")
        assert two["2.weight"][0].startswith("this layer and '0' before it are zero: no gradient ever reaches")

    def test_two_with_a_layer_between_them_never_do_either(self, optimizer: str) -> None:
        lamps = check(mlp(0.0, None, 0.0, activation=nn.Tanh), FLAT, optimizer)
        assert {name for name, said in lamps.items() if NEITHER in said[0]} == {"0.weight", "4.weight"}

    def test_two_with_biases_both_learn(self, optimizer: str) -> None:
        net = mlp(0.0, 0.0, biases=None)
        lamps = check(net, FLAT, optimizer)
        assert not any(NEITHER in said[0] or SLOPE in said[0] for said in lamps.values())
        assert all(net.get_parameter(name).any() for name in lamps)

    def test_one_before_relu_stays_where_its_bias_is_zero_too(self, optimizer: str) -> None:
        assert SLOPE in check(mlp(0.0, None), FLAT, optimizer)["0.weight"][0]
        assert SLOPE in check(mlp(0.0, None, biases=-0.1), FLAT, optimizer)["0.weight"][0]
        assert SLOPE not in check(mlp(0.0, None, biases=0.1), FLAT, optimizer)["0.weight"][0]
        both = check(mlp(0.0, 0.0), FLAT, optimizer)
        assert all(NEITHER in said[0] for said in both.values())

    def test_of_one_before_a_layer_norm_of_one_value_nothing_is_said(self, optimizer: str) -> None:
        first = nn.Linear(4, 1)
        nn.init.zeros_(first.weight)
        said = " ".join(
            check(nn.Sequential(first, nn.LayerNorm(1), nn.Linear(1, 3)), torch.rand(12, 4), optimizer).get(
                "0.weight", ()
            )
        )
        assert not any(claim in said for claim in (LEARNS, SLOPE, NEITHER))

    def test_convolutions_too(self, optimizer: str) -> None:
        assert NEITHER in check(conv(0.0, 0.0), PICTURES, optimizer)["2.weight"][0]
        assert SLOPE in check(conv(0.0, None), PICTURES, optimizer)["0.weight"][0]

    def test_a_sigmoid_between_them_gives_a_half_and_they_learn(self, optimizer: str) -> None:
        lamps = check(mlp(0.0, 0.0, activation=nn.Sigmoid), FLAT, optimizer)
        assert not any(NEITHER in said[0] for said in lamps.values())

    def test_a_way_around_them_is_not_called_a_dead_end(self, optimizer: str) -> None:
        class Around(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.a, self.b = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
                nn.init.zeros_(self.a.weight)
                nn.init.zeros_(self.b.weight)

            def forward(self, x: Tensor) -> Tensor:
                h = self.a(x)
                return self.b(h) + h  # type: ignore[no-any-return]

        assert all(said == (said[0],) and said[0].endswith("before it") for said in
                   check(Around(), FLAT, optimizer).values())  # fmt: skip


FILLS = st.sampled_from([None, 0.0, 0.3, -0.2])
PARTS = st.sampled_from(
    [nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.Identity, lambda: nn.LayerNorm(6), lambda: nn.BatchNorm1d(6), nn.Dropout]
)


@given(st.lists(st.tuples(FILLS, FILLS, PARTS), min_size=1, max_size=4), st.sampled_from(["SGD", "Adam"]))
@settings(max_examples=40, derandomize=True, database=None, deadline=None)
def test_whatever_is_said_of_any_net_comes_true(
    layers: list[tuple[float | None, float | None, Callable[[], nn.Module]]], optimizer: str
) -> None:
    torch.manual_seed(0)
    parts: list[nn.Module] = []
    for at, (fill, bias, part) in enumerate(layers):
        layer = nn.Linear(6, 3 if at == len(layers) - 1 else 6)
        for tensor, value in ((layer.weight, fill), (layer.bias, bias)):
            if value is not None:
                nn.init.constant_(tensor, value)
        parts += [layer, part()]
    check(nn.Sequential(*parts[:-1]), torch.rand(12, 6, generator=torch.Generator().manual_seed(2)), optimizer)


def test_the_rank_of_a_grouped_convolution_is_that_of_its_map() -> None:
    layer = nn.Conv1d(6, 6, 1, groups=3, bias=False)
    nn.init.dirac_(layer.weight, groups=3)
    whole = torch.stack([layer(row[:, None])[:, 0] for row in torch.eye(6)], 1)
    assert int(torch.linalg.matrix_rank(whole)) == 6
    assert structure.rank(layer.weight, 3) == (6, 6)
    assert model_lamps(nn.Sequential(layer)) == {}
    nn.init.ones_(layer.weight)
    assert model_lamps(nn.Sequential(layer)) == {"0.weight": ("rank 3 of 6",)}


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16, torch.float8_e4m3fn])
def test_is_said_in_any_precision(dtype: torch.dtype) -> None:
    lamps = model_lamps(mlp(0.25, 0.25).to(dtype))
    assert EQUAL in lamps["0.weight"][0]
    zeros = model_lamps(mlp(0.0, 0.0, activation=nn.Identity).to(dtype))
    assert all(NEITHER in said[0] for said in zeros.values())


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.Sequential(nn.Linear(4, 4, device="meta"), nn.Linear(4, 4)),
        lambda: nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 4)),
        lambda: nn.Sequential(nn.Linear(0, 5), nn.Linear(5, 0), nn.Conv1d(0, 3, 1)),
        lambda: nn.Sequential(nn.Linear(4, 4, dtype=torch.complex64)),
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)),
    ],
)
@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_nothing_is_said_where_there_is_nothing_to_see(build: Callable[[], nn.Module]) -> None:
    assert model_lamps(build()) == {}
