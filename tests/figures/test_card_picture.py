"""A card's row: what is said of it in Python, and how the component draws it in a real Chromium."""

import math

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from core.figures.card import card_drawing, large_drawing
from core.figures.distribution import expected, expected_bins
from core.figures.picture import Statistic
from core.figures.ticks import count_ticks, round_ticks
from core.questions.picture import Histogram
from core.questions.tensor import Card
from core.questions.theory import Curve
from core.tensor.compare import Comparison
from pages.components.canvas import pack
from tests.drawings import histogram, panels
from tests.unpacking import unpack


def holding(*tensors: torch.Tensor, kind: type[nn.Module] = nn.Module, name: str = "w") -> nn.Module:
    module = kind()
    module.register_parameter(name, nn.Parameter(tensors[0], requires_grad=False))
    return module


def card(before: torch.Tensor, after: torch.Tensor, *, cells: int = 96, difference: bool = False) -> Card:
    return Comparison(holding(before), holding(after)).card("w", cells=cells, as_difference=difference)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# ---- what is said ----


def test_both_pictures_hold_the_tensors_values_on_one_scale() -> None:
    before, after = normal(3, 4), 5 * normal(3, 4, seed=1)
    one, two = panels(card_drawing(card(before, after)))
    assert np.array_equal(one["values"], before.numpy())
    assert np.array_equal(two["values"], after.numpy())
    largest = max(before.abs().max(), after.abs().max()).item()
    assert one["limit"] == two["limit"] == pytest.approx(largest)
    assert (one["ruler"], len(two["ruler"])) == ([], 3)


def test_own_scales_end_at_each_pictures_own_largest_magnitude() -> None:
    one, two = panels(card_drawing(card(normal(3, 4), 5 * normal(3, 4)), own_scales=True))
    assert two["limit"] == pytest.approx(5 * one["limit"])
    assert one["ruler"]
    assert two["ruler"]


def test_a_pooled_cell_shows_the_value_of_largest_magnitude_with_its_sign() -> None:
    w = normal(50, 70)
    (_, shown) = panels(card_drawing(card(torch.zeros(50, 70), w, cells=10)))
    tall, wide = shown["down"]["cell"], shown["across"]["cell"]
    for row, column in ((0, 0), (3, 7), (shown["down"]["count"] - 1, shown["across"]["count"] - 1)):
        part = w[row * tall : (row + 1) * tall, column * wide : (column + 1) * wide].flatten()
        assert shown["values"][row, column] == part[part.abs().argmax()].item()


def test_every_non_finite_value_is_marked_however_many_and_however_pooled() -> None:
    w = torch.full((60, 60), math.nan)
    (_, shown) = panels(card_drawing(card(torch.zeros(60, 60), w, cells=20)))
    assert shown["flags"] is not None
    assert (shown["flags"] == 1).all()
    w = normal(60, 60)
    w[17, 33] = math.inf
    (_, shown) = panels(card_drawing(card(torch.zeros(60, 60), w, cells=20)))
    assert shown["flags"] is not None
    assert np.argwhere(shown["flags"]).tolist() == [[5, 11]]
    assert panels(card_drawing(card(normal(2, 2), normal(2, 2))))[0]["flags"] is None


def test_nine_digits_for_float32_and_seventeen_for_float64() -> None:
    assert panels(card_drawing(card(normal(2, 2), normal(2, 2))))[0]["digits"] == 9
    assert panels(card_drawing(card(normal(2, 2).double(), normal(2, 2).double())))[0]["digits"] == 17


def test_gates_of_an_lstm_are_labeled_at_their_middles_and_divided_by_borders() -> None:
    net = nn.LSTM(3, 5)
    one, two = panels(card_drawing(Comparison(net, nn.LSTM(3, 5)).card("weight_ih_l0", cells=96, as_difference=False)))
    assert one["down"]["ticks"] == [(2.0, "i"), (7.0, "f"), (12.0, "g"), (17.0, "o")]
    assert one["down"]["borders"] == two["down"]["borders"] == [5, 10, 15]
    assert (one["down"]["name"], one["across"]["name"]) == ("out", "in")
    assert (two["down"]["ticks"], two["down"]["name"]) == ([], "")


def test_kernels_are_divided_by_borders_along_both_axes() -> None:
    net = nn.Conv2d(2, 3, 5)
    one, _ = panels(card_drawing(Comparison(net, nn.Conv2d(2, 3, 5)).card("weight", cells=96, as_difference=False)))
    assert (one["down"]["borders"], one["across"]["borders"]) == ([5, 10], [5])
    assert (one["down"]["name"], one["across"]["name"]) == ("out × kh", "in × kw")


def test_a_difference_is_one_picture_with_one_row_of_bars() -> None:
    drawing = card_drawing(card(normal(3, 3), normal(3, 3, seed=1), difference=True))
    assert [panel["title"] for panel in drawing["panels"]] == ["after − before"]
    assert [bars["name"] for bars in histogram(drawing)["bars"]] == ["after − before"]


def test_a_tensor_that_is_new_is_not_there_before_and_its_picture_carries_the_labels() -> None:
    net = Comparison(nn.Module(), holding(normal(3, 3))).card("w", cells=96, as_difference=False)
    missing, shown = card_drawing(net)["panels"]
    assert missing == {"title": "before", "remark": "not there"}
    assert "down" in shown
    assert shown["down"]["ticks"]
    assert [bars["name"] for bars in histogram(card_drawing(net))["bars"]] == ["after"]


def test_unchanged_is_said_and_so_is_the_sentence_for_who_cannot_see() -> None:
    w = normal(2, 3)
    drawing = card_drawing(card(w, w.clone()))
    assert drawing["panels"][1]["title"] == "after (unchanged)"
    assert drawing["alt"].startswith("w: std ")


def test_pictures_say_which_moments_they_are_of() -> None:
    drawing = card_drawing(card(normal(2, 2), normal(2, 2, seed=1)), moments=("the build", "step 3"))
    assert [panel["titles"] for panel in drawing["panels"]] == [["before: the build"], ["after: step 3"]]
    w = normal(2, 2)
    same = card_drawing(card(w, w.clone()), moments=("step 1", "step 2"))
    assert same["panels"][1]["titles"] == ["after: step 2 (unchanged)", "after: step 2"]
    difference = card_drawing(card(normal(2, 2), w, difference=True), moments=("step 1", "step 2"))
    assert difference["panels"][0]["titles"] == ["step 2 − step 1"]


def test_one_moment_is_drawn_once_by_its_name() -> None:
    w = normal(2, 3)
    drawing = card_drawing(card(w, w), moments=("the build", "the build"), curve=bell())
    (picture,) = panels(drawing)
    assert picture["title"] == "the build"
    assert picture["ruler"]
    assert picture["down"]["ticks"]
    assert [bars["name"] for bars in histogram(drawing)["bars"]] == ["the build"]


def test_bars_hold_numpys_counts() -> None:
    before, after = normal(20, 20), 2 * normal(20, 20, seed=3)
    drawn = histogram(card_drawing(card(before, after)))
    for bars, w in zip(drawn["bars"], (before, after), strict=True):
        counts, _ = np.histogram(w.numpy().astype(np.float64), drawn["edges"])
        assert bars["counts"] == counts.tolist()


@given(st.floats(-1e300, 1e300), st.floats(1e-6, 1e300), st.integers(2, 8))
@example(2.1e16, 3.0, 3)
def test_ticks_are_few_increasing_and_within_the_axis(low: float, length: float, most: int) -> None:
    high = low + length
    ticks = [value for value, _ in round_ticks(low, high, most)] if high > low else []
    slack = 1e-6 * length + 4 * math.ulp(max(abs(low), abs(high)))
    assert len(ticks) <= most + 1
    assert ticks == sorted(ticks)
    assert all(low - slack <= value <= high + slack for value in ticks)


def test_ticks_are_round_numbers() -> None:
    assert [label for _, label in round_ticks(-0.7, 0.71, 5)] == ["−0.5", "0", "0.5"]
    assert [label for _, label in count_ticks(7, 4, log=False)] == ["0", "2", "4", "6"]
    assert [label for _, label in count_ticks(2_300_000, 4, log=True)] == ["1", "100", "10k", "1M"]


# ---- theory ----


def uniform(low: float, high: float) -> Curve:
    return Curve(np.array([low, high]), np.full(2, 1 / (high - low)), (), f"U({low}, {high})")


def bell() -> Curve:
    x = np.linspace(-5, 5, 401)
    return Curve(x, stats.norm.pdf(x), (), "N(0, 1)")


def test_a_density_is_drawn_in_counts_a_bin() -> None:
    histogram = Histogram(np.linspace(-1, 1, 21), (np.zeros(20, np.int64), np.full(20, 50)))
    x, counts, stems = expected(uniform(-1, 1), histogram)
    assert x.tolist() == [-1, -1, 1, 1]
    assert counts.tolist() == pytest.approx([0, 50, 50, 0])
    assert not stems


def test_expected_bins_are_those_of_scipys_distribution_function() -> None:
    edges = np.linspace(-3, 4, 30)
    histogram = Histogram(edges, (np.full(29, 100),))
    assert expected_bins(bell(), histogram) == pytest.approx(2900 * np.diff(stats.norm.cdf(edges)), abs=0.05)


def test_an_atom_is_a_stem_as_tall_as_the_values_it_should_hold() -> None:
    histogram = Histogram(np.linspace(0, 1, 5), (np.full(4, 25),))
    curve = Curve(np.array([]), np.array([]), ((0.0, 0.75), (1.0, 0.25)), "0 or 1")
    assert expected(curve, histogram)[2] == [(0.0, 75.0, 0.75), (1.0, 25.0, 0.25)]
    assert expected_bins(curve, histogram).tolist() == [75, 0, 0, 25]


def test_the_large_view_has_the_same_pictures_above_the_distribution_with_its_curve() -> None:
    before, after = normal(3, 4), 5 * normal(3, 4, seed=1)
    drawing = large_drawing(card(before, after), curve=uniform(-1, 1))
    one, two = panels(drawing)
    assert np.array_equal(one["values"], before.numpy())
    assert np.array_equal(two["values"], after.numpy())
    curve = histogram(drawing)["curve"]
    assert curve is not None
    assert curve["label"] == "U(-1, 1)"
    assert drawing["height"] > drawing["above"] > 400
    alone = large_drawing(card(normal(5), normal(5)))
    assert alone["above"] < 200


@pytest.mark.parametrize(("statistic", "said"), [("mean", "mean"), ("lowest", "lowest"), ("highest", "highest")])
def test_a_large_cell_shows_the_statistic_that_is_asked_for(statistic: Statistic, said: str) -> None:
    w = normal(50, 70)
    (_, shown) = panels(large_drawing(card(torch.zeros(50, 70), w, cells=10), statistic=statistic))
    part = w[: shown["down"]["cell"], : shown["across"]["cell"]]
    expected = {"mean": part.mean(), "lowest": part.min(), "highest": part.max()}[statistic].item()
    assert shown["values"][0, 0] == pytest.approx(expected)
    assert shown["shows"] == said


def test_a_narrow_curve_moves_neither_axis_far() -> None:
    w = normal(20, 20)
    low, high = w.min().item(), w.max().item()
    plain = histogram(card_drawing(card(w, w + 1e-3)))
    wide = histogram(card_drawing(card(w, w + 1e-3), curve=uniform(-1000, 1000)))
    tall = histogram(card_drawing(card(w, w + 1e-3), curve=uniform(-1e-4, 1e-4)))
    assert wide["high"] - wide["low"] < 1.6 * (high - low)
    assert tall["top"] <= 1.5 * plain["top"]


# ---- what is sent ----


def test_a_drawing_is_packed_without_loss() -> None:
    w = normal(5, 7).double()
    w[0, 0] = math.nan
    drawing = card_drawing(card(normal(5, 7).double(), w), curve=bell())
    found = unpack(pack(drawing))
    assert np.array_equal(found["panels"][1]["values"], w.numpy().ravel(), equal_nan=True)
    assert found["panels"][1]["flags"].tolist() == [1, *[0] * 34]
    assert found["histogram"]["edges"] == histogram(drawing)["edges"]


def test_a_large_tensor_travels_pooled() -> None:
    drawing = card_drawing(card(torch.zeros(2000, 3000), normal(2000, 3000)))
    assert len(pack(drawing)) < 2 * 96 * 96 * 4 + 20_000
