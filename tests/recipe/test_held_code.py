"""The code that a recipe holds, and the recipe without it."""

from typing import get_args

from hypothesis import given
from hypothesis.strategies import sampled_from

from core.recipe import steps
from core.recipe.catalog import CODE, MODELS
from core.recipe.held_code import HeldCode, held_code, without_code
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, FileInit, Source
from tests.recipes import recipes

_ONE, _OTHER = "def f(m): ...\ndef g(m): ...", "net[0].weight.data.zero_()"
_SOURCE = Source("def build(): ...", "build")


def test_it_is_the_models_and_then_the_steps_each_once_by_text_and_function() -> None:
    coded = (
        Custom(_ONE, "f"),
        Custom(_ONE, "g"),
        Custom(_ONE, "f", root="0", seed=4),
        Custom(_OTHER, "", "statements"),
    )
    recipe = Recipe(CODE, source=_SOURCE, steps=(Edit("0.bias", "w = 1"), *coded, FileInit("mine.py:f")))
    expected = [(_SOURCE.code, "build"), (_ONE, "f"), (_ONE, "g"), (_OTHER, "")]
    assert held_code(recipe) == tuple(HeldCode(*each) for each in expected)


def test_a_mark_is_of_text_and_function_and_of_no_other_way_to_cut_them() -> None:
    codes = [HeldCode("a", "b"), HeldCode("ab", ""), HeldCode("", "ab"), HeldCode("a\n", "b"), HeldCode("A", "b")]
    assert len({code.mark for code in codes}) == len(codes)
    assert HeldCode("a", "b").mark == HeldCode("a", "b").mark


@given(sampled_from(tuple(MODELS)).flatmap(recipes))
def test_a_recipe_holds_code_exactly_where_it_runs_some_and_none_without_it(recipe: Recipe) -> None:
    assert bool(held_code(recipe)) == recipe.runs_code
    rest = without_code(recipe)
    if rest is not None:
        assert not rest.runs_code
        assert (rest.model, rest.seed, rest.arguments) == (recipe.model, recipe.seed, recipe.arguments)
        assert rest.steps == tuple(step for step in recipe.steps if not isinstance(step, Custom))
    assert (rest is None) == (recipe.source is not None)


def test_a_new_step_that_holds_code_is_known_here() -> None:
    assert [kind for kind in get_args(get_args(steps.Step)[0]) if kind.holds_code] == [Custom]
