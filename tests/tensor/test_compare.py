"""Before and after on one ruler: what changed bit for bit, by how much, and under which names."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Forward, Tie, Untie
from core.replaying.replay import replay
from core.tensor.compare import Comparison, changed_elements, differing, relative_change
from core.tensor.layout import default_layout, lay_flat
from tests.tensor.cards import card, compared, drawn


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

    @pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
    def test_a_complex_number_is_one_element_whichever_part_of_it_differs(self, dtype: torch.dtype) -> None:
        before = torch.zeros(4, dtype=dtype)
        after = torch.tensor([0, 1, 1j, 1 + 1j], dtype=dtype)
        assert changed_elements(before, after) == 3
        differs = differing(before, after)
        assert differs is not None
        assert differs.tolist() == [False, True, True, True]

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
        found = card(gone, "2.weight")
        assert (found.info.name, found.info.shape, found.after, found.pictures[1]) == ("2.weight", (1, 8), None, None)
        assert found.before is not None
        assert found.before.numel == 8

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
