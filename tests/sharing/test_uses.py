"""Per-use gradients, against the same net untied by hand: one copy a use, equal values, plain backward."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from core.models import autoencoder, gpt, lstm, shared_mlp
from core.sharing.uses import Contributions, contributions, use_gradients, used_tensors
from tests.kinds import Cell, HidesOne, UsesTwice, k1, k2, k3, k11, linear
from tests.snapshots import snapshot

EXACT = 1e-12
Loss = Callable[[Any], Tensor]


def backward(loss: Tensor) -> None:
    torch.autograd.backward(loss)


def close(found: Contributions, reference: list[Tensor]) -> None:
    """The parts are the gradients of the copies, and their sum is `.grad`, both to EXACT."""
    assert len(found.parts) == len(reference)
    for part, expected in zip(found.parts, reference, strict=True):
        assert part.dtype == torch.float64
        assert float((part - expected).abs().max()) < EXACT
    assert found.largest_error < EXACT
    assert float((sum(reference) - found.grad).abs().max()) < EXACT


class TestAgainstTheHandUntiedNet:
    def test_the_lessons_net(self) -> None:
        torch.manual_seed(0)
        net = shared_mlp.shared_mlp().double()
        inputs, targets = (t.double() for t in shared_mlp.batch(16))
        by_hand = copy.deepcopy(net)
        by_hand[4] = copy.deepcopy(by_hand[2])  # type: ignore[index, operator]  # a Sequential
        backward(F.mse_loss(by_hand(inputs), targets))
        for own in ("weight", "bias"):
            reference = [by_hand.get_parameter(f"{place}.{own}").grad for place in (2, 4)]
            for name in (f"2.{own}", f"4.{own}"):
                found = use_gradients(net, name, inputs, lambda output: F.mse_loss(output, targets))
                close(found, [grad for grad in reference if grad is not None])
                assert [use.name for use in found.uses] == [f"2.{own}", f"4.{own}"]

    def test_the_small_gpt(self) -> None:
        torch.manual_seed(0)
        net = gpt.gpt().double()
        tokens, following = gpt.batch(4)
        by_hand = copy.deepcopy(net)
        head = by_hand.get_submodule("head")
        head.weight = nn.Parameter(by_hand.get_parameter("tok_emb.weight").detach().clone())
        backward(gpt.loss(by_hand(tokens), following))
        reference = [by_hand.get_parameter(name).grad for name in ("tok_emb.weight", "head.weight")]
        found = use_gradients(net, "head.weight", tokens, lambda output: gpt.loss(output, following))
        close(found, [grad for grad in reference if grad is not None])

    def test_the_autoencoder_with_transposed_weights(self) -> None:
        torch.manual_seed(0)
        net = autoencoder.autoencoder().double()
        inputs = torch.rand(16, 16, dtype=torch.float64)
        encode, decode = (net.get_parameter("encoder.weight").detach().clone().requires_grad_() for _ in range(2))
        code = F.linear(inputs, encode, net.get_parameter("encoder.bias"))
        code = F.batch_norm(torch.tanh(code), None, None, training=True)
        backward(F.mse_loss(F.linear(code, decode.t(), net.get_parameter("decoder_bias")), inputs))
        assert encode.grad is not None
        assert decode.grad is not None
        found = use_gradients(net, "encoder.weight", inputs, lambda output: F.mse_loss(output, inputs))
        close(found, [encode.grad, decode.grad])

    def test_a_recurrent_cell_used_ten_times(self) -> None:
        torch.manual_seed(0)
        net = Cell().double()
        inputs, targets = torch.rand(6, 10, 3, dtype=torch.float64), torch.rand(6, 1, dtype=torch.float64)
        cells = [copy.deepcopy(net.cell) for _ in range(10)]
        state = torch.zeros(6, 5, dtype=torch.float64)
        for step, cell in enumerate(cells):
            state = cell(inputs[:, step], state)
        backward(F.mse_loss(net.head(state), targets))
        for own in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            found = use_gradients(net, f"cell.{own}", inputs, lambda output: F.mse_loss(output, targets))
            reference = [cell.get_parameter(own).grad for cell in cells]
            close(found, [grad for grad in reference if grad is not None])

    def test_one_parameter_in_two_modules(self) -> None:
        net = k2().double()
        inputs = torch.rand(5, 4, dtype=torch.float64)
        by_hand = copy.deepcopy(net)
        linear(by_hand, "2").weight = nn.Parameter(linear(by_hand, "0").weight.detach().clone())
        backward(by_hand(inputs).square().sum())
        reference = [linear(by_hand, place).weight.grad for place in ("0", "2")]
        found = use_gradients(net, "2.weight", inputs, lambda output: output.square().sum())
        close(found, [grad for grad in reference if grad is not None])

    def test_one_name_in_two_operations(self) -> None:
        net, tokens = UsesTwice().double(), torch.tensor([0, 1, 1, 3])
        table, head = (net.embedding.weight.detach().clone().requires_grad_() for _ in range(2))
        backward(F.linear(F.embedding(tokens, table), head).square().sum())
        assert table.grad is not None
        assert head.grad is not None
        found = use_gradients(net, "embedding.weight", tokens, lambda output: output.square().sum())
        close(found, [table.grad, head.grad])

    def test_two_parameters_over_one_storage_have_a_gradient_each(self) -> None:
        net, inputs = k3().double(), torch.rand(5, 4, dtype=torch.float64)
        linear(net, "2").weight.data = linear(net, "0").weight.data  # .double() separated them
        separate = copy.deepcopy(net)
        backward(separate(inputs).square().sum())
        for name in ("0.weight", "2.weight"):
            found = use_gradients(net, name, inputs, lambda output: output.square().sum())
            expected = separate.get_parameter(name).grad
            assert expected is not None
            close(found, [expected])


@given(st.lists(st.integers(0, 2), min_size=1, max_size=7), st.integers(0, 1000))
@settings(max_examples=40, derandomize=True, database=None)
def test_any_order_of_shared_layers_sums_to_grad_and_equals_one_copy_a_position(order: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    layers = [nn.Linear(3, 3).double() for _ in range(3)]
    net = nn.Sequential(*(part for which in order for part in (layers[which], nn.Tanh())))
    by_hand = nn.Sequential(*(copy.deepcopy(part) for part in net))
    inputs = torch.rand(4, 3, dtype=torch.float64)
    backward(by_hand(inputs).square().sum())
    for which in set(order):
        places = [2 * position for position, at in enumerate(order) if at == which]
        found = use_gradients(net, f"{places[-1]}.weight", inputs, lambda output: output.square().sum())
        reference = [by_hand.get_parameter(f"{place}.weight").grad for place in places]
        close(found, [grad for grad in reference if grad is not None])
        assert [use.module for use in found.uses] == [str(place) for place in places]


class TestUses:
    def test_an_lstms_recurrent_weight_is_used_once_a_time_step(self) -> None:
        net, (tokens, classes) = lstm.lstm().double(), lstm.batch(3)
        found = use_gradients(net, "lstm.weight_hh_l0", tokens, lambda output: lstm.loss(output, classes))
        assert len(found.parts) == 12
        assert found.largest_error < EXACT
        assert float(found.parts[0].abs().max()) == 0  # the first state is zero

    def test_in_single_precision_too_though_its_kernel_is_fused_there(self) -> None:
        net, (tokens, _) = lstm.lstm(), lstm.batch(3)
        assert len(used_tensors(net, tokens).of["lstm.weight_hh_l0"]) == 12
        assert torch.backends.mkldnn.enabled

    def test_norms_and_cosines_are_those_of_the_parts(self) -> None:
        net, inputs = k1().double(), torch.rand(5, 4, dtype=torch.float64)
        found = use_gradients(net, "0.weight", inputs, lambda output: output.square().sum())
        first, second = (part.reshape(-1) for part in found.parts)
        assert found.norms == (float(first.norm()), float(second.norm()))
        assert float(found.cosines[0, 1]) == pytest.approx(float(F.cosine_similarity(first, second, dim=0)))
        assert float(found.cosines[1, 1]) == pytest.approx(1)

    def test_one_operation_that_takes_it_twice_has_two_uses(self) -> None:
        class Squared(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.w = nn.Parameter(torch.tensor([2.0, 3.0], dtype=torch.float64))

            def forward(self, x: Tensor) -> Tensor:
                return x * (self.w * self.w)

        found = use_gradients(Squared(), "w", torch.ones(2, dtype=torch.float64), lambda output: output.sum())
        assert [part.tolist() for part in found.parts] == [[2, 3], [2, 3]]
        assert found.grad.tolist() == [4, 6]

    def test_sparse_gradients_of_an_embedding_are_laid_out(self) -> None:
        net = nn.Embedding(5, 2, sparse=True, dtype=torch.float64)
        found = use_gradients(net, "weight", torch.tensor([1, 1, 4]), lambda output: output.sum())
        assert found.grad.tolist() == [[0, 0], [2, 2], [0, 0], [0, 0], [1, 1]]
        assert found.largest_error == 0

    def test_an_expanded_parameter_has_a_gradient_for_every_element_it_shows(self) -> None:
        net, inputs = k11(), torch.rand(3, 4)
        found = use_gradients(net, "rows", inputs, lambda output: output.sum())
        assert torch.allclose(found.grad, inputs.sum(0).expand(8, 4))
        assert found.largest_error == 0

    def test_a_layer_hidden_in_a_list_has_two_uses(self) -> None:
        found = use_gradients(HidesOne(), "layer.weight", torch.rand(3, 4), lambda output: output.sum())
        assert [(use.module, use.call) for use in found.uses] == [("layer", 1), ("layer", 2)]
        assert found.largest_error < 1e-6  # in single precision

    def test_complex_parameters_have_a_cosine_too(self) -> None:
        class Turns(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.w = nn.Parameter(torch.tensor([1 + 1j], dtype=torch.complex128))

            def forward(self, x: Tensor) -> Tensor:
                return torch.view_as_real(x * self.w + self.w * 1j)

        found = use_gradients(Turns(), "w", torch.ones(1, dtype=torch.complex128), lambda output: output.sum())
        assert found.largest_error == 0
        assert float(found.cosines[0, 1]) == pytest.approx(0)  # 1j turns a gradient by a right angle

    def test_several_arguments_go_in_as_a_tuple(self) -> None:
        net = nn.Bilinear(2, 3, 1).double()
        inputs = torch.rand(4, 2, dtype=torch.float64), torch.rand(4, 3, dtype=torch.float64)
        assert use_gradients(net, "weight", inputs, lambda output: output.sum()).largest_error == 0

    def test_dropout_is_drawn_alike_every_time(self) -> None:
        net = nn.Sequential(k1(), nn.Dropout()).double()
        inputs = torch.rand(3, 4, dtype=torch.float64)
        first, again = (use_gradients(net, "0.0.weight", inputs, lambda output: output.sum()) for _ in range(2))
        assert torch.equal(first.grad, again.grad)


class TestLeavesTheModelAlone:
    @pytest.mark.parametrize(
        ("module", "name"), [(shared_mlp, "4.weight"), (gpt, "head.weight"), (autoencoder, "encoder.weight")]
    )
    def test_bytes_objects_gradients_flags_hooks_and_the_random_stream(self, module: Any, name: str) -> None:
        net = getattr(module, module.__name__.rpartition(".")[2])()
        inputs, targets = module.batch(4)
        backward(module.loss(net(inputs), targets))
        before = snapshot(net)
        use_gradients(net, name, inputs, lambda output: module.loss(output, targets))
        used_tensors(net, inputs)
        with pytest.raises(ValueError, match="the forward pass fails"):
            use_gradients(net, name, inputs[:, :-1].float(), lambda output: module.loss(output, targets[:1, :-3]))
        assert snapshot(net) == before

    def test_calls_no_hook_of_torchs_that_stays(self) -> None:
        net = k1()
        use_gradients(net, "0.weight", torch.rand(2, 4), lambda output: output.sum())
        contributions(net, "0.weight", torch.rand(2, 4), lambda output: output.sum())
        assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())


class TestRefusals:
    @pytest.mark.parametrize(
        ("build", "name", "sentence"),
        [
            (
                lambda: nn.BatchNorm1d(4),
                "running_mean",
                "'running_mean' is a buffer: no backward pass gives it a gradient; choose a parameter",
            ),
            (
                lambda: nn.LazyLinear(4),
                "weight",
                "'weight' is uninitialized until the first forward pass; run one first",
            ),
            (
                lambda: nn.Linear(4, 4).requires_grad_(requires_grad=False),
                "weight",
                "'weight' is frozen: its requires_grad is False, so no use of it gets a gradient",
            ),
            (
                lambda: nn.Linear(4, 4, device="meta"),
                "weight",
                "'weight' is on the meta device and has no values; give it some first",
            ),
            (lambda: nn.Linear(4, 4), "wait", "there is no tensor 'wait': net holds weight, bias"),
            (
                lambda: nn.Linear(5, 4),
                "weight",
                "the forward pass fails: mat1 and mat2 shapes cannot be multiplied (3x4 and 5x4)",
            ),
            (
                lambda: nn.ModuleDict({"a": nn.Linear(4, 4)}),
                "a.weight",
                'the forward pass fails: Module [ModuleDict] is missing the required "forward" function',
            ),
        ],
        ids=["a buffer", "uninitialized", "frozen", "meta", "no such name", "a pass that fails", "no forward"],
    )
    def test_is_one_sentence(self, build: Callable[[], nn.Module], name: str, sentence: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole text is compared)
            use_gradients(build(), name, torch.rand(3, 4), lambda output: output.sum())
        assert str(caught.value) == sentence

    def test_a_parameter_that_the_loss_does_not_reach(self) -> None:
        net = nn.Sequential(nn.Linear(2, 2))
        net.register_parameter("idle", nn.Parameter(torch.zeros(2)))
        with pytest.raises(ValueError, match="the forward pass does not use 'idle', so no gradient reaches it"):
            use_gradients(net, "idle", torch.rand(3, 2), lambda output: output.sum())

    def test_a_loss_that_is_no_number(self) -> None:
        with pytest.raises(ValueError, match="the loss must be a tensor with one element that depends on 'weight'"):
            use_gradients(nn.Linear(2, 2), "weight", torch.rand(3, 2), lambda output: output)
