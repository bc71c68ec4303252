"""What the lesson's notebook shows of its shared layer: a class a step, with the number it prints."""

import math

import pytest
import torch
from torch import nn

from core.models.shared_mlp import shared_mlp
from tests.models.notebook import X, init_normal, linear, sequential


@pytest.fixture
def shared_net() -> nn.Sequential:
    """The notebook's last network, whose layers 2 and 4 are one."""
    return sequential(shared_mlp)


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
