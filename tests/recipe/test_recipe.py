"""A recipe is a frozen value and its text: whatever is in it comes back."""

import dataclasses
import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from core.recipe import link
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import (
    MAX_SEED,
    Edit,
    Forward,
    Initialize,
    OneTensor,
    Pattern,
    Step,
    Subtree,
    Tie,
    Train,
    Untie,
)
from tests.recipe.written import FULL, ONE_OF_EACH
from tests.recipes import recipes


class TestText:
    def test_gives_the_recipe_back(self) -> None:
        assert Recipe.from_json(FULL.to_json()) == FULL
        assert link.decode(link.encode(FULL)) == FULL

    @pytest.mark.parametrize("model", MODELS)
    def test_gives_any_recipe_back(self, model: str) -> None:
        @settings(
            max_examples=12,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(recipes(model))
        def check(recipe: Recipe) -> None:
            again = Recipe.from_json(recipe.to_json())
            assert again == recipe
            assert hash(again) == hash(recipe)
            assert again.to_json() == recipe.to_json()
            assert [type(step) for step in again.steps] == [type(step) for step in recipe.steps]
            assert link.decode(link.encode(recipe)) == recipe

        check()

    def test_is_canonical_without_blanks_and_with_sorted_keys(self) -> None:
        text = FULL.to_json()
        assert text == json.dumps(json.loads(text), separators=(",", ":"), sort_keys=True)
        assert Recipe("mlp").to_json() == (
            '{"arguments":{"hidden":8,"n_in":4,"n_out":1},"model":"mlp","paramscope":1,"seed":0,"steps":[]}'
        )

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            pytest.param(
                Recipe("mlp", arguments=(("hidden", 8), ("n_in", 4))), Recipe("mlp"), id="defaults given or left out"
            ),
            pytest.param(
                Recipe("mlp", arguments=(("n_in", 3), ("n_out", 2))),
                Recipe("mlp", arguments=(("n_out", 2), ("n_in", 3))),
                id="arguments in any order",
            ),
            pytest.param(
                Recipe("mlp", steps=(Initialize("uniform", options=(("b", 2), ("a", -1))),)),
                Recipe("mlp", steps=(Initialize("uniform", options=(("a", -1.0), ("b", 2.0))),)),
                id="options in any order, whole or not",
            ),
            pytest.param(
                Recipe("mlp", steps=(Initialize("constant", options=(("val", -0.0),)),)),
                Recipe("mlp", steps=(Initialize("constant", options=(("val", 0.0),)),)),
                id="zero of either sign",
            ),
            pytest.param(
                Recipe("mlp", steps=(Train(learning_rate=1),)),
                Recipe("mlp", steps=(Train(learning_rate=1.0),)),
                id="a whole learning rate",
            ),
        ],
    )
    def test_of_equal_recipes_is_equal(self, first: Recipe, second: Recipe) -> None:
        assert first == second
        assert first.to_json() == second.to_json()

    def test_of_different_recipes_differs(self) -> None:
        variants = [
            Recipe("mlp"),
            Recipe("mlp", 1),
            Recipe("mlp", arguments=(("hidden", 9),)),
            Recipe("shared_mlp"),
            *(Recipe("mlp", steps=(step,)) for step in ONE_OF_EACH),
            FULL,
        ]
        assert len({recipe.to_json() for recipe in variants}) == len(set(variants)) == len(variants)

    def test_of_step_classes_with_equal_fields_never_collides(self) -> None:
        """`Forward(3)` and `Untie("0")`, say, have no field but one; their text must still differ."""
        same: list[Step] = [
            Forward(3),
            Train(seed=3),
            Untie("0"),
            Tie("0", "0"),
            Initialize("normal", OneTensor("0")),
            Initialize("normal", Pattern("0")),
            Initialize("normal", Subtree("0")),
            Edit("0", "w = 0"),
        ]
        texts = {Recipe("mlp", steps=(step,)).to_json() for step in same}
        assert len(texts) == len(same)
        for first, second in itertools.permutations(same, 2):
            assert first != second
        operations = [{f.name: f.default for f in dataclasses.fields(type(step))}["op"] for step in ONE_OF_EACH]
        assert len(set(operations)) == 6


class TestSteps:
    def test_are_added_taken_back_and_taken_out_without_changing_the_recipe(self) -> None:
        before = FULL.to_json()
        grown = FULL.then(Forward())
        assert grown.steps == (*ONE_OF_EACH, Forward())
        assert grown.undo() == FULL
        assert FULL.without(3).steps == (*ONE_OF_EACH[:3], *ONE_OF_EACH[4:])
        assert FULL.prefix(2).steps == ONE_OF_EACH[:2]
        assert FULL.prefix(0) == Recipe("mlp", 7, arguments=(("n_out", 8),))
        assert Recipe("mlp").undo() == Recipe("mlp")
        assert FULL.to_json() == before

    @pytest.mark.parametrize("thing", [FULL, *ONE_OF_EACH, Subtree(), Pattern("*"), OneTensor("0.bias")])
    def test_are_immutable(self, thing: Any) -> None:
        name = dataclasses.fields(thing)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, "x")
        hash(thing)

    def test_get_a_seed_that_no_step_uses_yet(self) -> None:
        assert Recipe("mlp", 5).next_seed() == 6
        assert Recipe("mlp", 5, (Forward(3), Train(seed=9), Untie("0"))).next_seed() == 10
        assert Recipe("mlp", 0, (Forward(MAX_SEED), Forward(0), Forward(2))).next_seed() == 1
        assert Forward(Recipe("mlp", MAX_SEED).next_seed())
