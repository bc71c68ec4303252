"""Before and after on one ruler: what changed bit for bit, and each cell of a picture the element it stands for."""

import itertools
import math
from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from core.questions.tensor import Block, Card, Heatmap, Layout
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Forward, Initialize, Subtree, Tie, Untie
from core.replay.replay import replay
from core.tensor.compare import Comparison, changed_elements, relative_change
from core.tensor.layout import axis_names, default_layout, grid_steps, lay_flat, row_blocks


def holding(tensor: Tensor, *, trainable: bool = False) -> nn.Module:
    """A module with one parameter `w`."""
    model = nn.Module()
    model.register_parameter("w", nn.Parameter(tensor, requires_grad=trainable))
    return model


def compared(before: Tensor, after: Tensor) -> Comparison:
    return Comparison(holding(before), holding(after))


def card(comparison: Comparison, name: str = "w", **choices: Any) -> Card:
    return comparison.card(name, **({"cells": 1000, "as_difference": False} | choices))


def drawn(picture: Heatmap | None) -> np.ndarray[Any, Any]:
    assert picture is not None
    assert picture.exact
    return picture.mean


class TestChanged:
    def test_negative_zero_is_not_zero(self) -> None:
        assert changed_elements(torch.tensor([0.0, 1.0]), torch.tensor([-0.0, 1.0])) == 1

    def test_equal_nan_is_unchanged(self) -> None:
        weights = torch.tensor([math.nan, math.inf, 1.0])
        assert changed_elements(weights, weights.clone()) == 0

    def test_nan_of_other_bits_is_changed(self) -> None:
        both = torch.tensor([0x7FC00000, 0x7FC00001], dtype=torch.int32).view(torch.float32)
        quiet, other = both[:1], both[1:]
        assert quiet.isnan()
        assert other.isnan()
        assert changed_elements(quiet, other) == 1

    @pytest.mark.parametrize(
        "dtype",
        [
            torch.float32,
            torch.float64,
            torch.bfloat16,
            torch.float16,
            torch.float8_e4m3fn,
            torch.float8_e5m2,
            torch.int8,
            torch.int64,
            torch.uint8,
            torch.bool,
            torch.complex64,
            torch.complex128,
        ],
    )
    def test_one_element_is_one_of_all_in_every_dtype(self, dtype: torch.dtype) -> None:
        before = torch.zeros(3, 5).to(dtype)
        after = before.clone()
        after.view(torch.uint8)[2, -1] = 1  # the last byte of the last element, whatever it means
        assert changed_elements(before, before.clone()) == 0
        assert changed_elements(before, after) == 1
        change = compared(before, after).change("w")
        assert (change.changed, change.numel, change.shape) == (1, 15, (3, 5))

    def test_views_are_compared_by_their_elements(self) -> None:
        base = torch.arange(12.0).reshape(3, 4)
        assert changed_elements(base.t(), base.t().contiguous()) == 0
        assert changed_elements(torch.ones(1, 4).expand(3, 4), torch.ones(3, 4)) == 0
        assert changed_elements(torch.ones(2, dtype=torch.complex64).conj(), torch.ones(2, dtype=torch.complex64)) == 2

    def test_sparse_tensors_are_compared_by_their_bits_too(self) -> None:
        before = torch.tensor([[0.0, math.nan], [2.0, 0.0]])
        after = before.clone()
        after[1, 1] = 5
        assert changed_elements(before.to_sparse(), before.to_sparse()) == 0
        assert changed_elements(before.to_sparse(), after.to_sparse()) == 1

    def test_nothing_is_known_without_two_tensors_alike(self) -> None:
        assert changed_elements(torch.zeros(3), torch.zeros(4)) is None
        assert changed_elements(torch.zeros(3), torch.zeros(3, dtype=torch.float64)) is None
        assert changed_elements(torch.zeros(3), torch.zeros(3, device="meta")) is None
        assert changed_elements(nn.LazyLinear(3).weight, torch.zeros(3)) is None

    def test_of_a_recipe_is_what_its_steps_changed(self) -> None:
        recipe = Recipe("mlp", steps=(Edit("0.weight", "w[2, 3] += 1"),))
        comparison = Comparison(replay(recipe.prefix(0)), replay(recipe))
        assert [(name, comparison.change(name).changed) for name in comparison.names()] == [
            ("0.weight", 1),
            ("0.bias", 0),
            ("2.weight", 0),
            ("2.bias", 0),
        ]

    def test_between_a_model_and_itself_is_nothing(self) -> None:
        model = replay(Recipe("gpt"))
        comparison = Comparison(model, model)
        assert {comparison.change(name).changed for name in comparison.names()} == {0}
        assert {comparison.change(name).relative for name in comparison.names()} == {0.0}


class TestRelativeChange:
    @pytest.mark.parametrize(
        "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int32, torch.complex64]
    )
    def test_is_torchs_norm_of_the_difference_over_the_norm_before(self, dtype: torch.dtype) -> None:
        torch.manual_seed(0)
        before, after = (torch.randn(20, 30, dtype=torch.complex64).mul(9) for _ in range(2))
        before, after = (t.to(dtype) if dtype.is_complex else t.real.to(dtype) for t in (before, after))
        wide = torch.complex128 if dtype.is_complex else torch.float64
        expected = torch.linalg.norm(after.to(wide) - before.to(wide)) / torch.linalg.norm(before.to(wide))
        assert relative_change(before, after) == pytest.approx(expected.item(), rel=1e-12)

    def test_is_nothing_where_it_is_undefined(self) -> None:
        assert relative_change(torch.zeros(3), torch.ones(3)) is None
        assert relative_change(torch.tensor([1.0, math.nan]), torch.tensor([1.0, 2.0])) is None
        assert relative_change(torch.tensor([1.0, 2.0]), torch.tensor([1.0, math.inf])) is None
        assert relative_change(torch.zeros(3), torch.ones(4)) is None

    def test_of_nothing_changed_is_zero_even_where_it_is_undefined(self) -> None:
        assert compared(torch.zeros(3), torch.zeros(3)).change("w").relative == 0.0
        assert compared(torch.full((2,), math.nan), torch.full((2,), math.nan)).change("w").relative == 0.0

    def test_of_a_turned_complex_number_is_not_zero(self) -> None:
        turned = torch.tensor([1j, 2.0], dtype=torch.complex64)
        assert relative_change(turned, -turned) == pytest.approx(2.0)


class TestNames:
    def test_are_first_names_and_then_those_that_are_gone(self) -> None:
        tied = replay(Recipe("shared_mlp"))
        assert Comparison(tied, tied).names() == ("0.weight", "0.bias", "2.weight", "2.bias", "6.weight", "6.bias")
        untied = replay(Recipe("shared_mlp", steps=(Untie("4"),)))
        assert len(Comparison(tied, untied).names()) == 8
        gone = Comparison(replay(Recipe("mlp")), nn.Sequential(nn.Linear(4, 8)))
        assert gone.names() == ("0.weight", "0.bias", "2.weight", "2.bias")
        assert gone.change("2.weight").changed is None

    def test_that_do_not_exist_are_one_sentence(self) -> None:
        model = replay(Recipe("mlp"))
        said = r"there is no tensor '0\.wait' at either moment; choose one of 0\.weight, 0\.bias"
        with pytest.raises(ValueError, match=said):
            card(Comparison(model, model), "0.wait")
        with pytest.raises(ValueError, match=said):
            Comparison(model, model).change("0.wait")

    def test_of_a_tied_tensor_lead_to_one_card_that_names_the_others(self) -> None:
        model = replay(Recipe("mlp", steps=(Tie("0.bias", "2.bias"),), arguments=(("n_out", 8),)))
        first, second = (card(Comparison(model, model), name) for name in ("0.bias", "2.bias"))
        assert first.info.tied_with == ("2.bias",)
        assert second.info.tied_with == ("0.bias",)
        assert first.after == second.after


class TestOneRuler:
    def test_before_and_after_share_the_edges_of_numpys_counts(self) -> None:
        torch.manual_seed(0)
        before, after = torch.randn(40, 50), torch.rand(40, 50) * 8
        found = card(compared(before, after)).histogram
        assert found is not None
        assert found.edges[0] <= min(before.min(), after.min())
        assert found.edges[-1] >= max(before.max(), after.max())
        assert np.allclose(np.diff(found.edges), np.diff(found.edges)[0])
        for counted, tensor in zip(found.counts, (before, after), strict=True):
            expected, _ = np.histogram(tensor.double().numpy(), found.edges)
            assert counted.tolist() == expected.tolist()
            assert counted.sum() == tensor.numel()

    def test_values_that_are_not_finite_are_counted_apart(self) -> None:
        before = torch.tensor([[1.0, 2.0, math.nan], [math.inf, -math.inf, 3.0]])
        found = card(compared(before, before.clone()))
        assert found.histogram is not None
        assert [counted.sum() for counted in found.histogram.counts] == [3, 3]
        assert found.after is not None
        assert (found.after.nan, found.after.inf, found.after.nonfinite) == (1, 2, 3)

    def test_statistics_are_torchs(self) -> None:
        torch.manual_seed(1)
        before, after = torch.randn(30, 20), torch.randn(30, 20) * 3
        found = card(compared(before, after))
        for measured, tensor in ((found.before, before), (found.after, after)):
            assert measured is not None
            assert measured.numel == 600
            assert measured.mean == pytest.approx(tensor.double().mean().item())
            assert measured.std == pytest.approx(tensor.double().std().item())
            assert (measured.min, measured.max) == (tensor.min().item(), tensor.max().item())
            assert measured.l2 == pytest.approx(tensor.double().norm().item())

    def test_the_difference_is_after_minus_before_and_the_statistics_stay(self) -> None:
        torch.manual_seed(2)
        before, after = torch.randn(5, 7), torch.randn(5, 7)
        found, both = card(compared(before, after), as_difference=True), card(compared(before, after))
        (picture,) = found.pictures
        assert np.array_equal(drawn(picture), (after.double() - before.double()).numpy())
        assert (found.before, found.after) == (both.before, both.after)
        assert found.difference is not None
        assert found.difference.l2 == pytest.approx((after.double() - before.double()).norm().item())
        assert both.difference is None

    def test_a_tensor_that_is_new_or_reshaped_has_no_change(self) -> None:
        recipe = Recipe("lazy_mlp", steps=(Forward(),))
        found = card(Comparison(replay(recipe.prefix(0)), replay(recipe)), "0.weight")
        assert (found.before, found.change.changed, found.pictures[0]) == (None, None, None)
        assert found.after is not None
        assert drawn(found.pictures[1]).shape == (8, 4)
        reshaped = card(compared(torch.zeros(3, 4), torch.zeros(2, 3, 2)))
        assert reshaped.change.changed is None
        assert [drawn(picture).shape for picture in reshaped.pictures] == [(3, 4), (2, 6)]
        assert card(compared(torch.zeros(3, 4), torch.zeros(2, 3)), as_difference=True).pictures == (None,)

    def test_large_pictures_are_pooled_and_keep_their_extremes(self) -> None:
        weights = torch.zeros(300, 500)
        weights[123, 456] = 7
        weights[200, 1] = math.nan
        found = card(compared(torch.zeros(300, 500), weights), cells=64).pictures[1]
        assert found is not None
        assert max(found.high.shape) <= 64
        assert found.high.max() == 7
        assert found.nonfinite.sum() == 1
        assert found.nonfinite[200 // found.cell[0], 1 // found.cell[1]] == 1

    def test_a_window_is_a_part_of_the_laid_out_tensor(self) -> None:
        weights = torch.randn(6, 4, 5, 3)
        whole = lay_flat(weights, default_layout((6, 4, 5, 3))).numpy()
        found = card(compared(weights, weights.clone()), window=(5, 12, 3, 8))
        assert np.array_equal(drawn(found.pictures[1]), whole[5:12, 3:8])
        assert found.after == card(compared(weights, weights.clone())).after


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[tuple[int, ...], Layout]:
    shape = tuple(draw(st.lists(st.integers(1, 4), max_size=5)))
    axes = draw(st.permutations(range(len(shape))))
    first, second = sorted(draw(st.tuples(st.integers(0, len(shape)), st.integers(0, len(shape)))))
    fixed = tuple((axis, draw(st.integers(0, shape[axis] - 1))) for axis in axes[second:])
    return shape, Layout(tuple(axes[:first]), tuple(axes[first:second]), fixed)


class TestLayout:
    def test_keeps_each_kernel_of_a_convolution_a_picture(self) -> None:
        weight = nn.Conv2d(3, 4, (5, 2)).weight.detach()
        found = card(compared(weight, weight.clone()))
        cells = drawn(found.pictures[1])
        assert found.layout == Layout((0, 2), (1, 3))
        assert found.grid == (5, 2)
        assert cells.shape == (4 * 5, 3 * 2)
        for o, i, y, x in itertools.product(range(4), range(3), range(5), range(2)):
            assert cells[o * 5 + y, i * 2 + x] == weight[o, i, y, x].item()

    @given(laid_out())
    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    def test_puts_every_element_where_its_axes_say(self, case: tuple[tuple[int, ...], Layout]) -> None:
        shape, layout = case
        tensor = torch.arange(math.prod(shape)).reshape(shape)
        matrix = lay_flat(tensor, layout)
        fixed = dict(layout.fixed)
        for index in itertools.product(*map(range, shape)):
            if all(index[axis] == at for axis, at in fixed.items()):
                row, column = (position(index, shape, axes) for axes in (layout.rows, layout.columns))
                assert matrix[row, column] == tensor[index]
        assert matrix.numel() == math.prod(n for axis, n in enumerate(shape) if axis not in fixed)

    @given(laid_out())
    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    def test_is_what_a_card_draws(self, case: tuple[tuple[int, ...], Layout]) -> None:
        shape, layout = case
        weights = torch.arange(float(math.prod(shape))).reshape(shape)
        found = card(compared(weights, weights.clone()), layout=layout)
        assert np.array_equal(drawn(found.pictures[1]), lay_flat(weights, layout).numpy())
        assert found.grid == grid_steps(shape, layout)
        assert found.layout == layout

    @pytest.mark.parametrize(
        ("shape", "flat"),
        [
            ((), (1, 1)), ((5,), (1, 5)), ((3, 4), (3, 4)), ((3, 4, 5), (3, 20)), ((2, 3, 4, 5), (8, 15)),
            ((2, 3, 4, 5, 6), (10, 72)),
        ],
    )  # fmt: skip
    def test_has_a_default_for_every_rank(self, shape: tuple[int, ...], flat: tuple[int, int]) -> None:
        assert tuple(lay_flat(torch.zeros(shape), default_layout(shape)).shape) == flat

    @pytest.mark.parametrize(
        ("layout", "said"),
        [
            (Layout((0,), ()), r"the layout names axes \[0\], the tensor has axes 0 to 1; name each once"),
            (Layout((0, 1), (1,)), r"the layout names axes \[0, 1, 1\], the tensor has axes 0 to 1; name each once"),
            (Layout((0,), (2,)), r"the layout names axes \[0, 2\], the tensor has axes 0 to 1; name each once"),
            (Layout((0,), (), ((1, 4),)), r"axis 1 is cut at 4, but its size is 4; choose a smaller index"),
            (Layout((0,), (), ((1, -1),)), r"axis 1 is cut at -1, but its size is 4; choose a smaller index"),
        ],
    )
    def test_that_does_not_fit_is_one_sentence(self, layout: Layout, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            lay_flat(torch.zeros(3, 4), layout)

    def test_names_the_axes_in_the_layers_own_words(self) -> None:
        for layer, names in (
            (nn.Linear(2, 3), ("out", "in")),
            (nn.Bilinear(2, 3, 4), ("out", "in1", "in2")),
            (nn.Conv1d(2, 3, 4), ("out", "in", "k")),
            (nn.Conv3d(2, 3, (4, 5, 6)), ("out", "in", "kd", "kh", "kw")),
            (nn.ConvTranspose2d(2, 3, (4, 5)), ("in", "out", "kh", "kw")),
            (nn.Embedding(2, 3), ("token", "dim")),
        ):
            sizes = dict(
                zip(axis_names(type(layer).__name__, "weight", layer.weight.dim()), layer.weight.shape, strict=True)
            )
            assert tuple(sizes) == names
            if "out" in sizes:
                assert sizes["out"] == (4 if isinstance(layer, nn.Bilinear) else 3)
        assert axis_names("Mystery", "weight", 3) == ("axis 0", "axis 1", "axis 2")
        assert axis_names("Linear", "bias", 1) == ("out",)


def position(index: tuple[int, ...], shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    """Where an element lies along axes nested outer before inner."""
    found = 0
    for axis in axes:
        found = found * shape[axis] + index[axis]
    return found


class TestBlocks:
    def test_of_an_lstm_are_its_gates_in_torchs_order(self) -> None:
        """The oracle is the cell's equation, written with the blocks' borders."""
        torch.manual_seed(0)
        cell = nn.LSTMCell(3, 5)
        x, h, c = torch.randn(1, 3), torch.randn(1, 5), torch.randn(1, 5)
        blocks = row_blocks("LSTM", "weight_ih_l0", (20, 3))
        assert [(block.label, block.start, block.stop) for block in blocks] == [
            ("i", 0, 5),
            ("f", 5, 10),
            ("g", 10, 15),
            ("o", 15, 20),
        ]
        rows = x @ cell.weight_ih.t() + cell.bias_ih + h @ cell.weight_hh.t() + cell.bias_hh
        gate = {block.label: rows[:, block.start : block.stop] for block in blocks}
        new_c = gate["f"].sigmoid() * c + gate["i"].sigmoid() * gate["g"].tanh()
        torch.testing.assert_close(cell(x, (h, c)), (gate["o"].sigmoid() * new_c.tanh(), new_c))

    def test_of_a_gru_are_its_gates_in_torchs_order(self) -> None:
        torch.manual_seed(0)
        cell = nn.GRUCell(3, 5)
        x, h = torch.randn(1, 3), torch.randn(1, 5)
        blocks = {block.label: slice(block.start, block.stop) for block in row_blocks("GRU", "weight_hh_l0", (15, 5))}
        ours, theirs = x @ cell.weight_ih.t() + cell.bias_ih, h @ cell.weight_hh.t() + cell.bias_hh
        reset, update = (torch.sigmoid(ours[:, blocks[gate]] + theirs[:, blocks[gate]]) for gate in "rz")
        new = torch.tanh(ours[:, blocks["n"]] + reset * theirs[:, blocks["n"]])
        torch.testing.assert_close(cell(x, h), (1 - update) * new + update * h)

    def test_of_packed_attention_are_query_key_and_value(self) -> None:
        attention = nn.MultiheadAttention(4, 2, bias=True)
        found = card(Comparison(attention, attention), "in_proj_weight")
        assert found.blocks == (Block("q", 0, 4), Block("k", 4, 8), Block("v", 8, 12))
        assert card(Comparison(attention, attention), "in_proj_bias").blocks == found.blocks
        torch.manual_seed(0)
        x = torch.randn(3, 1, 4)
        with torch.no_grad():  # the value's rows decide what comes out, the others only how it is mixed
            attention.get_parameter("in_proj_weight")[8:12] = 0
            attention.get_parameter("in_proj_bias").zero_()
        assert torch.equal(attention(x, x, x)[0], attention.out_proj.bias.expand(3, 1, 4))

    def test_of_models_in_the_catalog(self) -> None:
        gpt, lstm = replay(Recipe("gpt")), replay(Recipe("lstm"))
        assert [b.label for b in card(Comparison(gpt, gpt), "blocks.0.attn.qkv.weight").blocks] == ["q", "k", "v"]
        assert card(Comparison(gpt, gpt), "blocks.0.attn.proj.weight").blocks == ()
        assert card(Comparison(gpt, gpt), "blocks.0.mlp.fc.weight").blocks == ()
        for name in ("lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0"):
            assert [(b.label, b.stop - b.start) for b in card(Comparison(lstm, lstm), name).blocks] == [
                (gate, 16) for gate in "ifgo"
            ]

    def test_are_not_those_of_a_projection(self) -> None:
        model = nn.LSTM(3, 4, proj_size=2)
        assert card(Comparison(model, model), "weight_hr_l0").blocks == ()
        assert len(card(Comparison(model, model), "weight_hh_l0").blocks) == 4


def pruned() -> nn.Module:
    layer = nn.Linear(4, 4)
    prune.l1_unstructured(layer, "weight", 0.5)  # type: ignore[no-untyped-call]
    return layer


class TestEveryTensorHasACard:
    @pytest.mark.parametrize(
        ("tensor", "note"),
        [
            pytest.param(torch.randn(3, 4), "", id="float32"),
            pytest.param(torch.randn(3, 4).double(), "", id="float64"),
            pytest.param(torch.randn(3, 4).half(), "", id="float16"),
            pytest.param(torch.randn(3, 4).bfloat16(), "", id="bfloat16"),
            pytest.param(torch.randn(3, 4).to(torch.float8_e4m3fn), "", id="float8"),
            pytest.param(torch.randint(9, (3, 4)), "", id="int64"),
            pytest.param(torch.randint(9, (3, 4)).to(torch.int8), "", id="int8"),
            pytest.param(torch.randint(9, (3, 4)).to(torch.uint16), "", id="uint16"),
            pytest.param(torch.rand(3, 4) > 0.5, "", id="bool"),
            pytest.param(torch.randn(3, 4, dtype=torch.complex64), "complex: magnitude shown", id="complex"),
            pytest.param(torch.eye(3).to_sparse(), "sparse: shown with its zeros", id="sparse"),
            pytest.param(torch.randn(4, 3).t(), "", id="transposed"),
            pytest.param(torch.randn(1, 3).expand(4, 3), "", id="expanded"),
            pytest.param(torch.tensor(3.0), "", id="one number"),
            pytest.param(torch.ones(1), "", id="one element"),
            pytest.param(torch.randn(2, 3, 4, 5, 6), "", id="five axes"),
            pytest.param(torch.randn(1, 2, 1, 2, 1, 2), "", id="six axes"),
            pytest.param(torch.full((3, 3), math.nan), "", id="all NaN"),
            pytest.param(torch.tensor([[1e30, 1.0], [1e-40, -math.inf]]), "", id="far apart"),
        ],
    )
    def test_with_values(self, tensor: Tensor, note: str) -> None:
        after = tensor.detach().clone()
        for as_difference in (False, True):
            found = card(compared(tensor, after), as_difference=as_difference)
            assert found.note == note
            assert found.change.changed == 0
            assert found.after is not None
            assert found.after.numel == tensor.numel()
            assert len(found.pictures) == (1 if as_difference else 2)
            assert all(picture is not None and picture.exact for picture in found.pictures)
            assert found.info.dtype == str(tensor.dtype).removeprefix("torch.")
        assert found.before is not None
        assert found.after is not None
        # The copy of an expanded tensor lies otherwise in memory: sums take another order.
        pairs = zip(astuple(found.before), astuple(found.after), strict=True)
        assert all(a == b or math.isclose(a, b, rel_tol=1e-12) for a, b in pairs)
        if not tensor.is_complex():
            laid = lay_flat(tensor.to_dense().to(torch.float64), default_layout(tuple(tensor.shape)))
            picture = card(compared(tensor, after)).pictures[1]
            expected = laid.nan_to_num(nan=math.nan, posinf=math.nan, neginf=math.nan)
            assert np.array_equal(drawn(picture).astype(np.float64), expected.numpy(), equal_nan=True)

    @pytest.mark.parametrize(
        ("build", "name", "note"),
        [
            pytest.param(
                lambda: nn.Linear(3, 2, device="meta"), "weight", "on the meta device: a shape without data", id="meta"
            ),
            pytest.param(
                lambda: nn.LazyLinear(2), "weight", "uninitialized until the first forward pass", id="uninitialized"
            ),
            pytest.param(
                lambda: nn.LazyBatchNorm1d(),
                "running_mean",
                "uninitialized until the first forward pass",
                id="an uninitialized buffer",
            ),
        ],
    )
    def test_without_values_says_why(self, build: Callable[[], nn.Module], name: str, note: str) -> None:
        for as_difference in (False, True):
            found = card(Comparison(build(), build()), name, as_difference=as_difference)
            assert found.note == note
            assert (found.before, found.after, found.histogram, found.change.changed) == (None, None, None, None)
            assert set(found.pictures) == {None}

    def test_without_elements_draws_nothing(self) -> None:
        found = card(compared(torch.zeros(0, 3), torch.zeros(0, 3)))
        assert found.after is not None
        assert found.after.numel == 0
        assert found.change.changed == 0
        assert (found.histogram, found.pictures) == (None, (None, None))

    def test_of_pruned_and_parametrized_modules_shows_what_is_registered(self) -> None:
        layer = pruned()
        assert Comparison(layer, layer).names() == ("bias", "weight_orig", "weight_mask")
        mask = card(Comparison(layer, layer), "weight_mask")
        assert mask.info.kind == "buffer"
        assert mask.after is not None
        assert mask.after.zeros == 8
        normed = parametrizations.weight_norm(nn.Linear(4, 4))
        names = Comparison(normed, normed).names()
        assert "parametrizations.weight.original0" in names
        assert all(card(Comparison(normed, normed), name).after for name in names)

    def test_of_every_model_of_the_catalog_before_and_after_an_initialization(self) -> None:
        for model, kind in (("lenet", "Conv2d"), ("gpt", "Linear"), ("lstm", "Embedding"), ("autoencoder", "Linear")):
            recipe = Recipe(model, steps=(Forward(), Initialize("normal", Subtree("", kind))))
            comparison = Comparison(replay(recipe.prefix(0)), replay(recipe))
            for name in comparison.names():
                found = card(comparison, name, cells=64)
                assert found.before is not None
                assert found.after is not None
                assert found.histogram is not None
                assert found.note == ""
