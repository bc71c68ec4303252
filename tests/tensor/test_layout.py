"""Each cell of a picture is the element that its axes say, and packed rows stand in torch's order."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.questions.picture import Block, Layout
from core.recipe.recipe import Recipe
from core.replaying.replay import replay
from core.tensor.compare import Comparison
from core.tensor.layout import axis_names, default_layout, grid_steps, lay_flat, row_blocks
from tests.tensor.cards import card, compared, drawn


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
    @settings(max_examples=150, derandomize=True, database=None)
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
    @settings(max_examples=60, derandomize=True, database=None)
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
