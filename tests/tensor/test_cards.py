"""Every tensor has a card, whatever its dtype, its shape and its layout in memory."""

import math
from collections.abc import Callable
from dataclasses import astuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from core.module.walk import find_tensor
from core.recipe.recipe import Recipe
from core.recipe.steps import Forward, Initialize, Subtree
from core.replaying.replay import replay
from core.tensor.compare import Comparison, drawn_cards
from core.tensor.layout import default_layout, lay_flat
from tests.tensor.cards import card, compared, drawn, holding


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


class TestDrawnCards:
    """Several drawings of one tensor, such as of every scheme, side by side."""

    def test_of_one_drawing_is_the_card_of_a_tensor_with_its_values(self) -> None:
        net = replay(Recipe("gpt"))
        for name in ("blocks.0.attn.qkv.weight", "blocks.0.attn.qkv.bias", "head.weight"):
            entry = find_tensor(net, name)
            (found,) = drawn_cards(entry, [entry.tensor], 16)
            expected = card(Comparison(net, net), name, cells=16)
            assert found.blocks == expected.blocks
            assert (found.layout, found.axes, found.grid, found.owner_type) == (
                expected.layout,
                expected.axes,
                expected.grid,
                expected.owner_type,
            )
            assert found.after == expected.after
            assert found.before is None
            assert found.histogram is not None
            assert expected.histogram is not None
            assert found.histogram.counts[0].tolist() == expected.histogram.counts[1].tolist()
            assert found.pictures[0] is None
            assert found.pictures[1] is not None
            assert expected.pictures[1] is not None
            assert np.array_equal(found.pictures[1].mean, expected.pictures[1].mean)

    def test_share_their_edges_and_count_each_its_own_values(self) -> None:
        entry = find_tensor(holding(torch.zeros(6, 5)), "w")
        drawings = [torch.randn(6, 5), torch.zeros(6, 5, device="meta"), torch.rand(6, 5) * 9]
        first, absent, last = drawn_cards(entry, drawings, 4)
        assert (absent.histogram, absent.after, absent.pictures) == (None, None, (None, None))
        assert first.histogram is not None
        assert last.histogram is not None
        assert np.array_equal(first.histogram.edges, last.histogram.edges)
        for found, drawing in ((first, drawings[0]), (last, drawings[2])):
            assert found.histogram is not None
            (counted,) = found.histogram.counts
            assert counted.tolist() == np.histogram(drawing.double(), found.histogram.edges)[0].tolist()
            assert found.change.numel == 30
            assert found.change.changed is None
