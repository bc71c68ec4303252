"""The models of the catalog: each builds, runs, learns, and teaches what it says."""

import math
from typing import Any

import pytest
import torch
from torch import nn

from core.recipe import catalog
from core.recipe.arguments import Argument
from core.recipe.catalog import MODELS
from tests.models.built import assert_same_bits, built, every_model, first_batch


def extreme(argument: Argument) -> int | float | str:
    """The largest value an argument may take, or its default among choices."""
    return argument.default if argument.high is None else argument.high


class TestEveryModel:
    @every_model
    def test_runs_on_its_own_batch(self, name: str) -> None:
        inputs, targets = first_batch(name, size=3)
        assert len(inputs) == len(targets) == 3
        assert len(built(name)(inputs)) == 3

    @every_model
    def test_has_a_finite_scalar_loss_that_reaches_every_parameter(self, name: str) -> None:
        net = built(name)
        inputs, targets = first_batch(name)
        loss = catalog.module(name).loss(net(inputs), targets)
        assert loss.shape == ()
        assert math.isfinite(loss.item())
        loss.backward()
        assert [key for key, p in net.named_parameters() if p.grad is None] == []

    @every_model
    def test_holds_float32_weights(self, name: str) -> None:
        net = built(name)
        net(first_batch(name)[0])
        assert {p.dtype for p in net.parameters()} == {torch.float32}

    @every_model
    def test_is_the_same_for_the_same_seed(self, name: str) -> None:
        first, second = built(name), built(name)
        inputs, _ = first_batch(name)
        for net in (first, second):
            torch.manual_seed(2)
            net(inputs)  # gives lazy parameters their values
        assert_same_bits(first, second)

    @every_model
    def test_draws_inputs_before_targets(self, name: str) -> None:
        """A batch's inputs are the first draw after the seed."""
        inputs, _ = first_batch(name)
        torch.manual_seed(1)
        if inputs.is_floating_point():
            assert torch.equal(inputs, torch.rand(inputs.shape))
        elif name == "gpt":  # inputs and targets are one row of tokens, seen twice
            assert torch.equal(inputs, torch.randint(64, (2, 17))[:, :-1])
        else:
            assert torch.equal(inputs, torch.randint(64, inputs.shape))

    @every_model
    def test_stays_small_enough_for_a_browser_at_its_largest(self, name: str) -> None:
        arguments: dict[str, Any] = {argument.name: extreme(argument) for argument in MODELS[name].arguments}
        net = built(name, **arguments)
        if name == "lazy_mlp":
            net(first_batch(name, **arguments)[0])
        assert sum(p.numel() for p in net.parameters()) <= 25_000_000

    @every_model
    def test_runs_with_its_smallest_arguments(self, name: str) -> None:
        arguments: dict[str, Any] = {
            argument.name: argument.default if argument.low is None else argument.low
            for argument in MODELS[name].arguments
        }
        net = built(name, **arguments)
        inputs, targets = first_batch(name, **arguments)
        loss = catalog.module(name).loss(net(inputs), targets)
        assert math.isfinite(loss.item())


class TestEachModelTeachesWhatItSays:
    def test_mlp_has_49_parameters_and_no_name_at_1(self) -> None:
        net = built("mlp")
        assert sum(p.numel() for p in net.parameters()) == 49
        assert {key.split(".")[0] for key in net.state_dict()} == {"0", "2"}

    def test_lenet_keeps_48120_of_61706_parameters_in_its_first_linear_layer(self) -> None:
        net = built("lenet")
        assert sum(p.numel() for p in net.parameters()) == 61_706
        assert sum(p.numel() for p in net.get_submodule("7").parameters()) == 48_120

    def test_lenet_starves_its_first_convolution_of_gradient(self) -> None:
        net = built("lenet")
        inputs, targets = first_batch("lenet", size=16)
        catalog.module("lenet").loss(net(inputs), targets).backward()
        norms = [p.grad.norm().item() for p in (net[0].weight, net[11].weight)]  # type: ignore[index]
        assert norms[1] / norms[0] > 1_000

    @pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
    def test_deep_mlp_loses_the_signal_under_every_activation(self, activation: str) -> None:
        net = built("deep_mlp", activation=activation)
        inputs, _ = first_batch("deep_mlp", size=64, activation=activation)
        assert inputs.std(0).mean() > 0.25
        assert net(inputs).std() < 0.01

    def test_deep_mlp_refuses_an_activation_it_does_not_know(self) -> None:
        with pytest.raises(ValueError, match=r"no activation 'selu'; choose one of relu, tanh, sigmoid, gelu"):
            built("deep_mlp", activation="selu")

    def test_gpt_ties_its_head_to_its_token_embedding(self) -> None:
        net = built("gpt")
        assert net.get_parameter("head.weight") is net.get_parameter("tok_emb.weight")
        assert "head.weight" not in dict(net.named_parameters())

    def test_gpt_starts_far_above_the_loss_of_guessing(self) -> None:
        inputs, targets = first_batch("gpt", size=16)
        loss = catalog.module("gpt").loss(built("gpt")(inputs), targets).item()
        assert loss == pytest.approx(21, abs=2)
        assert math.log(64) == pytest.approx(4.16, abs=0.005)

    def test_gpt_keeps_a_causal_mask_as_a_boolean_buffer(self) -> None:
        mask = built("gpt").state_dict()["blocks.0.attn.mask"]
        assert mask.dtype == torch.bool
        assert torch.equal(mask, torch.ones(16, 16).tril() == 1)

    def test_gpt_does_not_look_ahead(self) -> None:
        net = built("gpt")
        tokens, _ = first_batch("gpt")
        changed = tokens.clone()
        changed[:, -1] = (changed[:, -1] + 1) % 64
        assert torch.equal(net(tokens)[:, :-1], net(changed)[:, :-1])
        assert not torch.equal(net(tokens)[:, -1], net(changed)[:, -1])

    def test_gpt_attends_as_torch_does(self) -> None:
        net = built("gpt")
        attention, x = net.get_submodule("blocks.0.attn"), torch.rand(2, 16, 32)
        packed = attention.get_submodule("qkv")(x)
        q, k, v = (part.view(2, 16, 2, 16).transpose(1, 2) for part in packed.chunk(3, dim=-1))
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        expected = attention.get_submodule("proj")(mixed.transpose(1, 2).reshape(2, 16, 32))
        torch.testing.assert_close(attention(x), expected)

    def test_gpt_refuses_heads_that_do_not_divide_its_width(self) -> None:
        with pytest.raises(ValueError, match=r"d_model=32 into n_head=3 equal heads; choose a d_model"):
            built("gpt", n_head=3)

    def test_lstm_stacks_four_gates_and_gives_both_biases_one_gradient(self) -> None:
        net = built("lstm", hidden=5)
        assert net.get_parameter("lstm.weight_ih_l0").shape == (4 * 5, 16)
        inputs, targets = first_batch("lstm", hidden=5)
        catalog.module("lstm").loss(net(inputs), targets).backward()
        input_bias, hidden_bias = net.get_parameter("lstm.bias_ih_l0"), net.get_parameter("lstm.bias_hh_l0")
        assert input_bias.grad is not None
        assert hidden_bias.grad is not None
        assert torch.equal(input_bias.grad, hidden_bias.grad)
        assert not torch.equal(input_bias, hidden_bias)

    def test_autoencoder_has_no_second_name_for_the_decoder_weight(self) -> None:
        net = built("autoencoder")
        matrices = [name for name, p in net.named_parameters(remove_duplicate=False) if p.dim() == 2]
        assert matrices == ["encoder.weight"]
        assert net.get_parameter("encoder.weight").numel() == 64

    def test_autoencoder_decodes_with_the_weight_it_encodes_with(self) -> None:
        net = built("autoencoder").eval()
        inputs, _ = first_batch("autoencoder")
        code = net.get_submodule("norm")(torch.tanh(net.get_submodule("encoder")(inputs)))
        expected = code @ net.get_parameter("encoder.weight") + net.get_parameter("decoder_bias")
        torch.testing.assert_close(net(inputs), expected)

    def test_autoencoder_has_running_buffers_that_a_forward_pass_moves(self) -> None:
        net = built("autoencoder")
        assert [name for name, _ in net.named_buffers()] == [
            "norm.running_mean",
            "norm.running_var",
            "norm.num_batches_tracked",
        ]
        net(first_batch("autoencoder")[0])
        assert net.get_buffer("norm.num_batches_tracked").item() == 1

    def test_lazy_mlp_has_no_shapes_until_its_first_forward_pass(self) -> None:
        net = built("lazy_mlp", n_in=6)
        assert all(nn.parameter.is_lazy(p) for p in net.parameters())
        assert [type(m) for m in net.children()] == [nn.LazyLinear, nn.ReLU, nn.LazyLinear]
        net(first_batch("lazy_mlp", n_in=6)[0])
        assert [tuple(p.shape) for p in net.parameters()] == [(8, 6), (8,), (1, 8), (1,)]
        assert [type(m) for m in net.children()] == [nn.Linear, nn.ReLU, nn.Linear]
