"""Schemes drawn on one tensor as pictures on one ruler."""

import numpy as np
import pytest

from core.answers.answer import answer
from core.answers.base import Moments
from core.figures.draws import draw_pictures
from core.questions.theory import Choice, Drawn, GetComparison, GetGallery
from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, OneTensor
from core.replaying.replay import replay
from tests.drawings import histogram, panels


def compared(*choices: Choice, name: str = "0.weight") -> Drawn:
    recipe = Recipe("mlp")
    model = replay(recipe)
    rows: tuple[Drawn, ...] = answer(GetComparison(OneTensor(name), choices), Moments(recipe, model, model, ()))
    return rows[0]


def test_draws_share_the_colors_and_both_axes_of_the_distribution() -> None:
    drawn = compared(Choice("xavier_uniform"), Choice("normal", (("std", 5.0),)), Choice("orthogonal"))
    drawings = [drawing for drawing in draw_pictures(drawn, stacked=True) if drawing]
    pictures = [panels(drawing)[0] for drawing in drawings]
    histograms = [histogram(drawing) for drawing in drawings]
    assert {panel["limit"] for panel in pictures} == {drawn.limit}
    assert drawn.limit == pytest.approx(max(np.abs(panel["values"]).max() for panel in pictures))
    shared = ("low", "high", "top", "across", "up", "edges")
    one, two, three = ({part: dict(drawn)[part] for part in shared} for drawn in histograms)
    assert one == two == three


def test_a_constant_beside_others_has_an_axis_of_counts_of_its_own() -> None:
    drawings = draw_pictures(compared(Choice("xavier_uniform"), Choice("constant", (("val", 1.0),))), stacked=True)
    spread, constant = (histogram(drawing) for drawing in drawings if drawing)
    assert constant["top"] >= 32 > spread["top"]
    assert constant["low"] == spread["low"] <= -0.7
    assert constant["high"] == spread["high"] >= 1


def test_a_draw_shows_the_bytes_that_the_step_would_leave() -> None:
    drawing = draw_pictures(compared(Choice("kaiming_normal", seed=7)), stacked=False)[0]
    assert drawing
    weight = replay(Recipe("mlp").then(Initialize("kaiming_normal", OneTensor("0.weight"), seed=7)))
    assert np.array_equal(panels(drawing)[0]["values"], weight.get_parameter("0.weight").detach().numpy())


def test_a_scheme_that_refuses_has_no_picture() -> None:
    recipe = Recipe("mlp")
    model = replay(recipe)
    drawn: Drawn = answer(GetGallery("0.bias"), Moments(recipe, model, model, ()))
    drawings = draw_pictures(drawn, stacked=False)
    refused = [draw.scheme for draw, drawing in zip(drawn.draws, drawings, strict=True) if drawing is None]
    assert "xavier_uniform" in refused
    assert "normal" not in refused
