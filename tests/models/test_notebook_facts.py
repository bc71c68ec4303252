"""What the lesson's notebook shows of parameters, names and slices: a class a step, with the number it prints."""

import pytest
import torch
from torch import Tensor, nn

from core.models.mlp import mlp
from core.models.rgnet import block1, rgnet
from tests.models.notebook import X, linear, sequential


@pytest.fixture
def net() -> nn.Sequential:
    """The notebook's first network, built with seed 0."""
    return sequential(mlp)


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
