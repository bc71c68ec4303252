"""Uses that exist in a graph made during the backward pass only, and hooks on parameters: against plain torch."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from core.sharing.uses import use_gradients, used_tensors
from tests.sharing.recomputing import (
    CALLS,
    EXACT,
    Call,
    Called,
    agree,
    by_grad,
    by_hand,
    plainly,
    reentrant,
    reference,
    squares,
)
from tests.snapshots import snapshot


class TestAUseInARecomputedPart:
    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize("own_modules", [False, True])
    def test_is_counted_where_the_part_stands(self, call: Call, own_modules: bool) -> None:
        torch.manual_seed(0)
        net = Called([call, call], own_modules=own_modules).double()
        agree(net, torch.rand(4, 3, dtype=torch.float64))
        assert not used_tensors(net, torch.rand(4, 3, dtype=torch.float64)).unregistered

    @given(st.lists(st.sampled_from(CALLS), min_size=1, max_size=5), st.booleans())
    @settings(max_examples=30, derandomize=True, database=None, deadline=None)
    def test_is_in_its_place_among_others(self, calls: list[Call], own_modules: bool) -> None:
        torch.manual_seed(0)
        agree(Called(calls, own_modules=own_modules).double(), torch.rand(4, 3, dtype=torch.float64))

    def test_is_not_where_a_function_takes_the_weight_and_works_out_its_gradient_itself(self) -> None:
        torch.manual_seed(0)
        net = Called([by_grad, reentrant, by_grad], own_modules=True).double()
        inputs = torch.rand(4, 3, dtype=torch.float64)
        found = use_gradients(net, "places.0.weight", inputs, squares)
        for part, wanted in zip(found.parts, reference(net, inputs), strict=True):
            assert float((part - wanted).abs().max()) < EXACT
        assert [use.operation for use in found.uses] == ["reversed", "t, addmm", "reversed"]

    def test_is_the_module_calls_own_however_often_it_is_called(self) -> None:
        class Twice(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.first, self.layer = nn.Linear(3, 3), nn.Linear(3, 3)

            def forward(self, x: Tensor) -> Tensor:
                x = reentrant(self.layer, self.first(x))
                return checkpoint(lambda y: self.layer(y) @ self.layer.weight, x, use_reentrant=True)  # type: ignore[no-any-return]

        uses = used_tensors(Twice(), torch.rand(2, 3)).of["layer.weight"]
        assert [(use.module, use.call) for use in uses] == [("layer", 1), ("layer", 2), ("", 1)]

    def test_is_none_where_nothing_that_goes_in_requires_a_gradient(self) -> None:
        """As torch warns: such a part has no gradient, whatever it holds."""

        class Cut(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.inner, self.last = nn.Linear(3, 3), nn.Linear(3, 3)

            def forward(self, x: Tensor) -> Tensor:
                return self.last(checkpoint(self.inner, x, use_reentrant=True))  # type: ignore[no-any-return]

        net, inputs = Cut(), torch.rand(2, 3)
        with pytest.warns(UserWarning, match="None of the inputs"):
            torch.autograd.backward(squares(net(inputs)))
        assert net.inner.weight.grad is None
        with pytest.warns(UserWarning, match="None of the inputs"):
            uses = used_tensors(net, inputs).of
        assert uses["inner.weight"] == ()

    def test_leaves_the_model_and_torchs_engine_alone(self) -> None:
        net, inputs = Called([reentrant, by_hand]).double(), torch.rand(4, 3, dtype=torch.float64)
        torch.autograd.backward(squares(net(inputs)))
        before, engine = snapshot(net), torch.autograd.Variable._execution_engine
        used_tensors(net, inputs)
        use_gradients(net, "places.0.weight", inputs, squares)
        assert snapshot(net) == before
        assert torch.autograd.Variable._execution_engine is engine

    def test_whose_backward_fails_is_left_out_and_the_rest_is_said(self) -> None:
        class Fails(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Tensor) -> Tensor:
                return x.clone()

            @staticmethod
            def backward(ctx: Any, *grads: Any) -> Any:
                raise RuntimeError("no way back")

        fails: Any = Fails
        net = Called([lambda layer, x: layer(fails.apply(x))])
        assert len(used_tensors(net, torch.rand(2, 3)).of["places.0.weight"]) == 1


HOOKS: dict[str, Callable[[Tensor], Tensor | None]] = {
    "doubled": lambda g: g * 2,
    "masked": lambda g: g * (torch.arange(g.numel()).reshape(g.shape) % 2),
    "looked at": lambda _g: None,
    "clipped": lambda g: g.clamp(-0.01, 0.01),
    "its sign": torch.sign,
    "of length 1": lambda g: g / g.norm(),
}


def doubled_after(parameter: Tensor) -> None:
    assert parameter.grad is not None
    parameter.grad.mul_(2)


def dropped_after(parameter: Tensor) -> None:
    parameter.grad = None


class TestHooks:
    @pytest.mark.parametrize("hook", HOOKS)
    @pytest.mark.parametrize("call", [plainly, reentrant])
    def test_on_a_tied_parameter_are_carried_out(self, hook: str, call: Call) -> None:
        torch.manual_seed(0)
        net, inputs = Called([call, call]).double(), torch.rand(4, 3, dtype=torch.float64)
        shared: Any = net.get_parameter("places.0.weight")
        shared.register_hook(HOOKS[hook])
        found = use_gradients(net, "places.1.weight", inputs, squares)
        torch.autograd.backward(squares(net(inputs)))
        assert shared.grad is not None
        assert torch.equal(found.grad, shared.grad)
        assert found.hooks == 1
        assert found.largest_error < EXACT
        expected: list[Tensor] = reference(net, inputs)
        if hook != "looked at" and (call is reentrant or hook in ("doubled", "masked")):  # each part alike
            expected = [HOOKS[hook](part) for part in expected]  # type: ignore[misc]  # not None
        for part, wanted in zip(found.parts, expected, strict=True):
            assert float((part - wanted).abs().max()) < EXACT
        assert found.additive == (call is reentrant or hook in ("doubled", "masked", "looked at"))

    def test_after_accumulation_are_carried_out(self) -> None:
        torch.manual_seed(0)
        net, inputs = Called([plainly, plainly]).double(), torch.rand(4, 3, dtype=torch.float64)
        shared: Any = net.get_parameter("places.0.weight")
        shared.register_hook(lambda g: g * 3)
        shared.register_post_accumulate_grad_hook(doubled_after)
        found = use_gradients(net, "places.0.weight", inputs, squares)
        torch.autograd.backward(squares(net(inputs)))
        assert shared.grad is not None
        assert torch.equal(found.grad, shared.grad)
        assert found.hooks == 2
        for part, wanted in zip(found.parts, reference(net, inputs), strict=True):
            assert float((part - 6 * wanted).abs().max()) < EXACT
        assert found.largest_error < EXACT

    def test_that_take_the_gradient_away_leave_zeros_and_the_parts(self) -> None:
        torch.manual_seed(0)
        net, inputs = Called([plainly, plainly]).double(), torch.rand(4, 3, dtype=torch.float64)
        shared: Any = net.get_parameter("places.0.weight")
        shared.register_post_accumulate_grad_hook(dropped_after)
        found = use_gradients(net, "places.0.weight", inputs, squares)
        assert not found.grad.any()
        assert found.largest_error < EXACT

    def test_of_a_person_see_a_copy_and_leave_their_own_notes_alone(self) -> None:
        torch.manual_seed(0)
        net, inputs = Called([plainly, plainly]).double(), torch.rand(4, 3, dtype=torch.float64)
        shared: Any = net.get_parameter("places.0.weight")
        seen: list[Tensor] = []

        def note(g: Tensor) -> Tensor:
            seen.append(g)
            with torch.no_grad():
                shared.mul_(2)
            return g * 2

        handle = shared.register_hook(note)
        before = snapshot(net)
        found = use_gradients(net, "places.0.weight", inputs, squares)
        used_tensors(net, inputs)
        assert found.hooks == 1
        assert seen == []
        assert snapshot(net) == before
        handle.remove()
        assert use_gradients(net, "places.0.weight", inputs, squares).hooks == 0

    @pytest.mark.parametrize("call", [plainly, reentrant])
    @pytest.mark.parametrize("mode", ["all", "any"])
    def test_that_share_what_they_note_share_it_in_the_copy(self, mode: Literal["all", "any"], call: Call) -> None:
        """As torch's own hook on several gradients does: its parts count together."""
        torch.manual_seed(0)
        net, inputs = Called([call, call]).double(), torch.rand(4, 3, dtype=torch.float64)
        seen: list[Any] = []
        torch.autograd.graph.register_multi_grad_hook(list(net.parameters()), seen.append, mode=mode)
        found = use_gradients(net, "places.0.weight", inputs, squares)
        assert seen == []
        torch.autograd.backward(squares(net(inputs)))
        assert seen
        grad = net.get_parameter("places.0.weight").grad
        assert grad is not None
        assert torch.equal(found.grad, grad)
        assert (found.hooks, found.largest_error < EXACT) == (1, True)

    def test_of_a_list_or_of_a_function_with_arguments_note_in_a_copy(self) -> None:
        torch.manual_seed(0)
        net, inputs = Called([plainly, plainly]).double(), torch.rand(4, 3, dtype=torch.float64)
        shared: Any = net.get_parameter("places.0.weight")
        seen: list[Tensor] = []

        def noted(notes: list[Tensor], factor: int, g: Tensor) -> Tensor:
            seen.append(g)
            notes.append(g)
            return g * factor

        shared.register_hook(seen.append)
        shared.register_hook(partial(noted, seen, 3))
        found = use_gradients(net, "places.0.weight", inputs, squares)
        assert seen == []
        torch.autograd.backward(squares(net(inputs)))
        assert len(seen) == 3
        assert torch.equal(found.grad, shared.grad)

    def test_that_take_turns_take_them_in_the_copy(self) -> None:
        torch.manual_seed(0)
        net, inputs = Called([plainly, plainly]).double(), torch.rand(4, 3, dtype=torch.float64)
        turn = 0

        def one(g: Tensor) -> Tensor:
            nonlocal turn
            turn += 1
            return g * turn

        def other(g: Tensor) -> Tensor:
            nonlocal turn
            turn += 10
            return g * turn

        shared: Any = net.get_parameter("places.0.weight")
        shared.register_hook(one)
        shared.register_hook(other)
        found = use_gradients(net, "places.0.weight", inputs, squares)
        assert turn == 0
        torch.autograd.backward(squares(net(inputs)))
        assert turn == 11
        assert torch.equal(found.grad, shared.grad)

    def test_of_whole_modules_change_what_flows_and_the_sum_stays(self) -> None:
        torch.manual_seed(0)
        net, inputs = Called([plainly, plainly]).double(), torch.rand(4, 3, dtype=torch.float64)
        shared = net.get_submodule("places.0")

        def times(factor: int) -> Any:
            return lambda _module, grads, *_: tuple(grad * factor for grad in grads)

        shared.register_full_backward_hook(times(3))
        shared.register_full_backward_pre_hook(times(5))
        found = use_gradients(net, "places.0.weight", inputs, squares)
        torch.autograd.backward(squares(net(inputs)))
        grad = net.get_parameter("places.0.weight").grad
        assert grad is not None
        assert torch.equal(found.grad, grad)
        assert len(found.uses) == 2
        assert found.largest_error < EXACT
