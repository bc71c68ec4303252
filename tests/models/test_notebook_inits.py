"""What the lesson's notebook shows of initialization: a class a step, with the number it prints."""

import math
import statistics

import pytest
import torch
from torch import Tensor, nn

from core.models.mlp import mlp
from core.models.rgnet import rgnet
from tests.models.notebook import X, init_normal, linear, sequential

SEEDS = range(100)


@pytest.fixture
def net() -> nn.Sequential:
    """The notebook's first network, built with seed 0."""
    return sequential(mlp)


def init_constant(m: nn.Module) -> None:
    if type(m) is nn.Linear:
        nn.init.constant_(m.weight, 1)
        nn.init.zeros_(m.bias)


def init_xavier(m: nn.Module) -> None:
    if type(m) is nn.Linear:
        nn.init.xavier_uniform_(m.weight)


def init_42(m: nn.Module) -> None:
    if type(m) is nn.Linear:
        nn.init.constant_(m.weight, 42)


def my_init(m: nn.Module) -> None:
    if type(m) is nn.Linear:
        nn.init.uniform_(m.weight, -10, 10)
        m.weight.data *= m.weight.data.abs() >= 5


class TestStep08TheSignalHasDied:
    """The notebook prints -0.0408 twice, for two different inputs."""

    def test_outputs_hardly_depend_on_the_input(self) -> None:
        """Median over seeds of the std over 256 inputs: about 1.6e-5."""
        spread = [sequential(rgnet, seed)(X(256)).std().item() for seed in SEEDS]
        assert 5e-6 < statistics.median(spread) < 5e-5

    def test_most_seeds_print_two_equal_rows(self) -> None:
        """Two inputs give the same four decimals with about 74 % of the seeds."""
        printed = [[f"{y:.4f}" for y in sequential(rgnet, seed)(X()).flatten().tolist()] for seed in SEEDS]
        assert 0.6 < sum(first == second for first, second in printed) / len(SEEDS) < 0.9

    def test_the_first_network_still_tells_inputs_apart(self) -> None:
        spread = [sequential(mlp, seed)(X(256)).std().item() for seed in SEEDS]
        assert statistics.median(spread) > 0.03


class TestStep09InitNormal:
    def test_draws_std_0_01_which_is_variance_1e_4_and_not_1(self) -> None:
        torch.manual_seed(0)
        layer = nn.Linear(1000, 1000)
        layer.apply(init_normal)
        assert layer.weight.std().item() == pytest.approx(0.01, rel=0.005)
        assert layer.weight.var().item() == pytest.approx(1e-4, rel=0.01)
        assert layer.weight.mean().item() == pytest.approx(0, abs=5e-5)

    def test_sets_every_bias_to_zero(self, net: nn.Sequential) -> None:
        net.apply(init_normal)
        assert linear(net, "0").bias.tolist() == [0] * 8
        assert linear(net, "2").bias.tolist() == [0]


class TestStep10InitConstant:
    def test_leaves_no_spread_and_rank_1(self, net: nn.Sequential) -> None:
        net.apply(init_constant)
        weight = linear(net, "0").weight
        assert weight.std() == 0
        assert weight.tolist() == [[1] * 4] * 8
        assert torch.linalg.matrix_rank(weight) == 1

    def test_makes_all_eight_hidden_units_identical(self, net: nn.Sequential) -> None:
        net.apply(init_constant)
        hidden = net[1](net[0](X()))
        assert hidden.shape == (2, 8)
        assert torch.equal(hidden, hidden[:, :1].expand(2, 8))

    def test_gives_all_hidden_units_the_same_gradient(self, net: nn.Sequential) -> None:
        net.apply(init_constant)
        net(X()).sum().backward()
        gradient = linear(net, "0").weight.grad
        assert gradient is not None
        assert torch.equal(gradient, gradient[:1].expand(8, 4))


class TestStep11InitOfASubmodule:
    def test_xavier_stays_within_its_bound_in_layer_0(self, net: nn.Sequential) -> None:
        net[0].apply(init_xavier)
        bound = math.sqrt(6 / (4 + 8))
        assert bound == pytest.approx(0.70711, abs=5e-6)
        assert linear(net, "0").weight.abs().max() <= bound

    def test_xavier_draws_with_std_0_40825(self) -> None:
        """The std over many draws of the layer's 32 weights."""
        torch.manual_seed(0)
        layer = nn.Linear(4, 8)
        draws = []
        for _ in range(2000):
            layer.apply(init_xavier)
            draws.append(layer.weight.detach().clone())
        assert math.sqrt(2 / (4 + 8)) == pytest.approx(0.40825, abs=5e-6)
        assert torch.stack(draws).std().item() == pytest.approx(0.40825, rel=0.01)

    def test_42_fills_layer_2(self, net: nn.Sequential) -> None:
        net[2].apply(init_42)
        assert linear(net, "2").weight.tolist() == [[42] * 8]

    def test_neither_touches_a_bias_or_the_other_layer(self, net: nn.Sequential) -> None:
        before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
        net[2].apply(init_42)
        assert torch.equal(linear(net, "0").weight, before["0.weight"])
        net[0].apply(init_xavier)
        for name in ("0.bias", "2.bias"):
            assert torch.equal(net.state_dict()[name], before[name])


class TestStep12MyInit:
    """U(-10, 10), kept where |w| >= 5: an atom at zero and two slabs."""

    @pytest.fixture
    def weight(self) -> Tensor:
        """A million weights, enough for each share to be good to 0.002."""
        torch.manual_seed(0)
        layer = nn.Linear(1000, 1000)
        layer.apply(my_init)
        return layer.weight.detach()

    def test_makes_half_of_the_weights_zero(self, weight: Tensor) -> None:
        assert (weight == 0).double().mean().item() == pytest.approx(1 / 2, abs=0.002)

    def test_makes_half_of_the_zeros_negative(self, weight: Tensor) -> None:
        """A negative number times False is -0.0: a quarter of all weights prints as -0.0000."""
        negative_zero = (weight == 0) & weight.signbit()
        assert negative_zero.double().mean().item() == pytest.approx(1 / 4, abs=0.002)
        assert f"{weight[negative_zero][0].item():.4f}" == "-0.0000"

    def test_keeps_the_rest_between_5_and_10_on_both_sides(self, weight: Tensor) -> None:
        kept = weight[weight != 0]
        assert kept.abs().min() >= 5
        assert kept.abs().max() <= 10
        assert (kept > 0).double().mean().item() == pytest.approx(1 / 2, abs=0.002)

    def test_has_mean_0_and_std_5_40062(self, weight: Tensor) -> None:
        assert math.sqrt(175 / 6) == pytest.approx(5.40062, abs=5e-6)
        assert weight.std().item() == pytest.approx(5.40062, rel=0.005)
        assert weight.mean().item() == pytest.approx(0, abs=0.02)

    def test_visits_the_layers_in_order(self, net: nn.Sequential) -> None:
        """The notebook's callback prints `weight` with these two shapes."""
        visited: list[tuple[int, ...]] = []
        net.apply(lambda m: visited.append(tuple(m.weight.shape)) if type(m) is nn.Linear else None)
        assert visited == [(8, 4), (1, 8)]
