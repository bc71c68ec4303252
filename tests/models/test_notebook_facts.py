"""The facts of the lesson's notebook, one class a step, with the number each step shows.

The models come from the catalog; everything else here is torch as the notebook types it.
"""

import math
import statistics
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from core.models.mlp import mlp
from core.models.rgnet import block1, rgnet
from core.models.shared_mlp import shared_mlp

SEEDS = range(100)


@pytest.fixture
def net() -> nn.Sequential:
    """The notebook's first network, built with seed 0."""
    return sequential(mlp)


@pytest.fixture
def shared_net() -> nn.Sequential:
    """The notebook's last network, whose layers 2 and 4 are one."""
    return sequential(shared_mlp)


def sequential(build: Callable[[], nn.Module], seed: int = 0) -> nn.Sequential:
    """A model of the notebook built with `seed`; all of them are a Sequential."""
    torch.manual_seed(seed)
    model = build()
    assert isinstance(model, nn.Sequential)
    return model


def linear(model: nn.Module, name: str) -> nn.Linear:
    """The linear layer under a qualified name."""
    layer = model.get_submodule(name)
    assert isinstance(layer, nn.Linear)
    return layer


def X(rows: int = 2) -> Tensor:  # noqa: N802 (the notebook's name)
    """The notebook's input."""
    return torch.rand(size=(rows, 4))


def init_normal(m: nn.Module) -> None:
    if type(m) is nn.Linear:
        nn.init.normal_(m.weight, mean=0, std=0.01)
        nn.init.zeros_(m.bias)


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


class TestStep01TheNetwork:
    def test_has_three_children_and_four_tensors(self, net: nn.Sequential) -> None:
        assert [type(m) for m in net.children()] == [nn.Linear, nn.ReLU, nn.Linear]
        assert len(net.state_dict()) == 4

    def test_has_49_parameters(self, net: nn.Sequential) -> None:
        assert [p.numel() for p in net.parameters()] == [32, 8, 8, 1]
        assert sum(p.numel() for p in net.parameters()) == 49

    def test_maps_two_rows_to_two_numbers(self, net: nn.Sequential) -> None:
        assert net(X()).shape == (2, 1)


class TestStep02StateDict:
    def test_of_a_layer_has_the_names_weight_and_bias(self, net: nn.Sequential) -> None:
        shapes = {name: tuple(tensor.shape) for name, tensor in net[2].state_dict().items()}
        assert shapes == {"weight": (1, 8), "bias": (1,)}

    def test_of_the_net_has_the_layer_in_the_name(self, net: nn.Sequential) -> None:
        assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


class TestStep03ParameterAndData:
    def test_the_bias_is_a_parameter_that_requires_a_gradient(self, net: nn.Sequential) -> None:
        bias = linear(net, "2").bias
        assert type(bias) is nn.Parameter
        assert bias.requires_grad

    def test_its_data_is_a_plain_tensor_that_does_not(self, net: nn.Sequential) -> None:
        data = linear(net, "2").bias.data
        assert type(data) is Tensor
        assert not data.requires_grad

    def test_both_share_one_memory(self, net: nn.Sequential) -> None:
        bias = linear(net, "2").bias
        assert bias.data.data_ptr() == bias.data_ptr()
        assert bias.data is not bias

    def test_writing_through_data_lands_in_the_model(self, net: nn.Sequential) -> None:
        linear(net, "2").bias.data[0] = 7
        assert linear(net, "2").bias.item() == 7

    def test_writing_through_the_state_dict_lands_in_the_model(self, net: nn.Sequential) -> None:
        net.state_dict()["2.bias"][0] = 7
        assert linear(net, "2").bias.item() == 7


class TestStep04Gradient:
    def test_is_none_before_the_first_backward_pass(self, net: nn.Sequential) -> None:
        assert [p.grad for p in net.parameters()] == [None] * 4

    def test_is_a_tensor_of_the_same_shape_afterwards(self, net: nn.Sequential) -> None:
        net(X()).sum().backward()
        for p in net.parameters():
            assert p.grad is not None
            assert p.grad.shape == p.shape


class TestStep05NamedParameters:
    def test_of_a_layer_are_named_from_the_layer(self, net: nn.Sequential) -> None:
        assert [(name, tuple(p.shape)) for name, p in net[0].named_parameters()] == [
            ("weight", (8, 4)),
            ("bias", (8,)),
        ]

    def test_of_the_net_jump_from_0_to_2_because_relu_has_none(self, net: nn.Sequential) -> None:
        assert [(name, tuple(p.shape)) for name, p in net.named_parameters()] == [
            ("0.weight", (8, 4)),
            ("0.bias", (8,)),
            ("2.weight", (1, 8)),
            ("2.bias", (1,)),
        ]
        assert list(net[1].parameters()) == []

    def test_both_names_lead_to_the_same_object(self, net: nn.Sequential) -> None:
        assert dict(net[0].named_parameters())["weight"] is dict(net.named_parameters())["0.weight"]


class TestStep06FlatKey:
    def test_leads_to_the_memory_of_the_parameter(self, net: nn.Sequential) -> None:
        flat = net.state_dict()["2.bias"].data
        assert flat.data_ptr() == linear(net, "2").bias.data_ptr()
        assert torch.equal(flat, linear(net, "2").bias)


class TestStep07NestedBlocks:
    def test_have_18_tensors_and_309_parameters(self) -> None:
        nested = sequential(rgnet)
        assert len(nested.state_dict()) == 18
        assert sum(p.numel() for p in nested.parameters()) == 309

    def test_have_names_and_positions_in_one_path(self) -> None:
        nested = sequential(rgnet)
        assert [name for name, _ in nested[0].named_children()] == ["block0", "block1", "block2", "block3"]
        assert "0.block1.0.bias" in nested.state_dict()

    def test_lead_to_one_bias_by_position_and_by_name(self) -> None:
        nested = sequential(rgnet)
        by_position = nested[0][1][0].bias  # type: ignore[index]
        by_name = nested[0].block1[0].bias  # type: ignore[index, union-attr]
        assert by_position is by_name
        assert by_position is nested.get_parameter("0.block1.0.bias")
        assert by_position.shape == (8,)

    def test_are_independent_because_the_factory_runs_for_each(self) -> None:
        nested = sequential(rgnet)
        assert len({p.data_ptr() for p in nested.parameters()}) == 18
        assert not torch.equal(linear(block1(), "0").weight, linear(block1(), "0").weight)


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


class TestStep13Slices:
    def test_of_a_parameter_are_operations_of_autograd(self, net: nn.Sequential) -> None:
        rows = linear(net, "0").weight[:2]
        assert rows.shape == (2, 4)
        assert type(rows.grad_fn).__name__ == "SliceBackward0"

    def test_of_data_are_not(self, net: nn.Sequential) -> None:
        rows = linear(net, "0").weight.data[:2]
        assert rows.grad_fn is None
        assert not rows.requires_grad

    def test_of_a_parameter_must_be_detached_for_numpy(self, net: nn.Sequential) -> None:
        rows = linear(net, "0").weight[:2]
        with pytest.raises(RuntimeError, match=r"[Uu]se tensor\.detach\(\)\.numpy\(\)"):
            rows.numpy()
        assert rows.detach().numpy().shape == (2, 4)


class TestStep14SettingValues:
    @staticmethod
    def run_cell(net: nn.Sequential) -> None:
        """The notebook's cell."""
        linear(net, "0").weight.data[:] += 1
        linear(net, "0").weight.data[0, 0] = 42

    def test_adds_one_everywhere_and_sets_one_cell(self, net: nn.Sequential) -> None:
        expected = linear(net, "0").weight.detach() + 1
        expected[0, 0] = 42
        self.run_cell(net)
        assert torch.equal(linear(net, "0").weight, expected)

    def test_adds_one_again_when_the_cell_is_run_again(self, net: nn.Sequential) -> None:
        self.run_cell(net)
        once = linear(net, "0").weight.detach().clone()
        self.run_cell(net)
        twice = linear(net, "0").weight.detach()
        assert twice[0, 0] == once[0, 0] == 42
        assert torch.equal(twice[1:], once[1:] + 1)


class TestStep15TheSharedLayer:
    def test_is_one_module_in_two_places(self, shared_net: nn.Sequential) -> None:
        assert shared_net[2] is shared_net[4]
        assert linear(shared_net, "2").weight.data_ptr() == linear(shared_net, "4").weight.data_ptr()

    def test_shows_a_write_to_one_place_in_the_other(self, shared_net: nn.Sequential) -> None:
        second, third = linear(shared_net, "2"), linear(shared_net, "4")
        assert (second.weight.data[0] == third.weight.data[0]).all()
        second.weight.data[0, 0] = 100
        assert (second.weight.data[0] == third.weight.data[0]).all()
        assert third.weight[0, 0] == 100

    def test_counts_once_in_121_parameters_and_twice_in_193(self, shared_net: nn.Sequential) -> None:
        assert sum(p.numel() for p in shared_net.parameters()) == 121
        assert sum(tensor.numel() for tensor in shared_net.state_dict().values()) == 193

    def test_is_listed_by_6_names_or_by_8(self, shared_net: nn.Sequential) -> None:
        unique = [name for name, _ in shared_net.named_parameters()]
        by_path = [name for name, _ in shared_net.named_parameters(remove_duplicate=False)]
        assert len(unique) == 6
        assert len(by_path) == 8
        assert list(shared_net.state_dict()) == by_path
        assert set(by_path) - set(unique) == {"4.weight", "4.bias"}

    def test_gets_the_sum_of_the_gradients_of_its_two_uses(self, shared_net: nn.Sequential) -> None:
        twin = sequential(shared_mlp)
        twin[4] = nn.Linear(8, 8)
        twin[4].load_state_dict(twin[2].state_dict())
        inputs = X()
        shared_net(inputs).sum().backward()
        twin(inputs).sum().backward()
        used = [linear(twin, name).weight.grad for name in ("2", "4")]
        total = linear(shared_net, "2").weight.grad
        assert used[0] is not None
        assert used[1] is not None
        assert total is not None
        torch.testing.assert_close(total, used[0] + used[1])


class TestStep15Traversal:
    """What sees the shared layer once, and what sees it twice."""

    def test_children_are_6_of_7_entries(self, shared_net: nn.Sequential) -> None:
        assert len(shared_net) == 7
        assert len(list(shared_net.children())) == 6

    def test_named_modules_leave_out_4(self, shared_net: nn.Sequential) -> None:
        assert [name for name, _ in shared_net.named_modules()] == ["", "0", "1", "2", "3", "5", "6"]

    def test_apply_visits_it_once(self, shared_net: nn.Sequential) -> None:
        visited: list[nn.Module] = []
        shared_net.apply(visited.append)
        assert visited.count(shared_net[2]) == 1
        assert sum(type(m) is nn.Linear for m in visited) == 3

    def test_apply_therefore_draws_other_values_into_every_later_layer(self) -> None:
        tied, untied = sequential(shared_mlp), sequential(shared_mlp)
        untied[4] = nn.Linear(8, 8)
        for model in (tied, untied):
            torch.manual_seed(1)
            model.apply(init_normal)
        assert torch.equal(linear(tied, "2").weight, linear(untied, "2").weight)
        assert not torch.equal(linear(tied, "6").weight, linear(untied, "6").weight)

    def test_a_forward_hook_on_it_fires_twice(self, shared_net: nn.Sequential) -> None:
        fired: list[nn.Module] = []
        shared_net[2].register_forward_hook(lambda module, _inputs, _output: fired.append(module))
        shared_net(X())
        assert fired == [shared_net[2], shared_net[4]]


class TestStep16EqualValuesProveNothing:
    """The notebook's `==` is no proof of the sentence it ends with."""

    def test_tied_weights_compare_unequal_where_they_are_nan(self, shared_net: nn.Sequential) -> None:
        linear(shared_net, "2").weight.data.fill_(math.nan)
        assert linear(shared_net, "2").weight is linear(shared_net, "4").weight
        assert not (linear(shared_net, "2").weight.data == linear(shared_net, "4").weight.data).any()

    def test_equal_weights_that_are_not_tied_pass_the_first_print(self, shared_net: nn.Sequential) -> None:
        first, second = untied_but_equal(shared_net)
        assert (first.weight.data[0] == second.weight.data[0]).all()
        assert first.weight is not second.weight
        assert first.weight.data_ptr() != second.weight.data_ptr()

    def test_only_the_write_tells_them_apart(self, shared_net: nn.Sequential) -> None:
        first, second = untied_but_equal(shared_net)
        first.weight.data[0, 0] = 100
        assert (first.weight.data[0] == second.weight.data[0]).tolist() == [False] + [True] * 7


def untied_but_equal(model: nn.Sequential) -> tuple[nn.Linear, nn.Linear]:
    """Layers 2 and 4, after layer 4 was made a copy of its own."""
    copy = nn.Linear(8, 8)
    copy.load_state_dict(model[2].state_dict())
    model[4] = copy
    return linear(model, "2"), linear(model, "4")
