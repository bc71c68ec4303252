"""Whatever is wrong with the text of a recipe is one short sentence, said at once."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.recipe.recipe import MAX_STEPS, Recipe, explanation
from core.recipe.steps import (
    Edit,
    Forward,
)
from tests.recipe.written import FULL, LONGEST_SENTENCE, NOT_JSON, read, recipe_text, step_text
from tests.work import calls, peak_bytes


def initialize_text(**options: Any) -> str:
    return step_text(op="initialize", scheme="normal", options=options)


REFUSED = {
    "an unknown model": (recipe_text(model="resnet"), "there is no model 'resnet'; choose one of mlp, rgnet, "),
    "no model": ("{}", "the recipe's model is not valid: field required"),
    "a model's name without end": (recipe_text(model="x" * 5000), "the recipe's model is not valid: string should"),
    "an unknown field": (recipe_text(colour=1), "the recipe's colour is not valid: unexpected keyword argument"),
    "a field's name without end": (recipe_text(**{"x" * 100_000: 1}), "the recipe's xxx"),
    "an unknown step": (step_text(op="explode"), "the recipe's steps[0] is not valid: input tag 'explode' found"),
    "a step's name without end": (step_text(op="x" * 100_000), "the recipe's steps[0] is not valid: input tag 'xxx"),
    "a step without a name": (step_text(scheme="normal"), "the recipe's steps[0] is not valid: unable to extract tag"),
    "a step that is a number": (recipe_text(steps=[5]), "the recipe's steps[0] is not valid: input should be an"),
    "a step without its field": (
        step_text(op="edit", tensor="0.weight"),
        "the recipe's steps[0].formula is not valid: field required",
    ),
    "a step with a field too many": (
        step_text(op="untie", name="2", force=True),
        "the recipe's steps[0].force is not valid: unexpected keyword argument",
    ),
    "a name that is a number": (
        step_text(op="untie", name=5),
        "the recipe's steps[0].name is not valid: input should be a valid string",
    ),
    "a name without end": (
        step_text(op="untie", name="x" * 2001),
        "the recipe's steps[0].name is not valid: string should have at most 2000 characters",
    ),
    "an unknown place": (
        step_text(op="initialize", scheme="normal", where={"kind": "all"}),
        "the recipe's steps[0].where is not valid: input tag 'all' found",
    ),
    "an unfinished place": (
        step_text(op="initialize", scheme="normal", where={"kind": "pattern"}),
        "the recipe's steps[0].where.pattern is not valid: field required",
    ),
    "an unknown scheme": (step_text(op="initialize", scheme="he"), "there is no scheme 'he'; choose one of xavier"),
    "a scheme without end": (step_text(op="initialize", scheme="h" * 2000), "there is no scheme 'hhh"),
    "an unknown option": (initialize_text(sigma=1), "normal has no option 'sigma'; it takes mean, std"),
    "an option's name without end": (initialize_text(**{"s" * 150_000: 1}), "normal has no option 'sss"),
    "an option without end": (initialize_text(std="s" * 150_000), "option std of normal is 'sss"),
    "an option of text": (initialize_text(std="1"), "option std of normal is '1'; it needs a number"),
    "an option of truth": (initialize_text(std=True), "option std of normal is True; it needs a number"),
    "an option of nothing": (initialize_text(std=None), "the recipe's steps[0].options[0] is not valid: input should"),
    "an option of many": (initialize_text(std=[1]), "the recipe's steps[0].options[0] is not valid: input should be"),
    "an option that is NaN": (
        initialize_text(std=float("nan")),
        "the recipe's steps[0].options[0] is not valid: input should be a finite number",
    ),
    "an option that is infinite": (
        initialize_text(std=float("inf")),
        "the recipe's steps[0].options[0] is not valid: input should be a finite number",
    ),
    "an option that becomes infinite": (
        initialize_text(std=0.5).replace("0.5", "1e999"),
        "the recipe's steps[0].options[0] is not valid: input should be a finite number",
    ),
    "an option below its bound": (initialize_text(std=-1), "option std of normal is -1; it must lie between 0 and"),
    "an option of 4000 digits": (initialize_text(std=10**4000), "option std of normal is a number beyond 64 bits; it"),
    "a formula that is code": (
        step_text(op="edit", tensor="0.weight", formula="import os"),
        "'import os' is not part of a formula, which knows numbers, w,",
    ),
    "training without end": (
        step_text(op="train", steps=10**9),
        "the recipe's steps[0].steps is not valid: input should be less than or equal to 1000",
    ),
    "training at no rate": (
        step_text(op="train", learning_rate=float("nan")),
        "the recipe's steps[0].learning_rate is not valid: input should be a finite number",
    ),
    "training for true": (step_text(op="train", steps=True), "the recipe's steps[0].steps is not valid: input should"),
    "a negative seed": (recipe_text(seed=-1), "the recipe's seed is not valid: input should be greater than or equal"),
    "a seed beyond 63 bits": (recipe_text(seed=2**63), "the recipe's seed is not valid: input should be less than or"),
    "a seed in quotes": (recipe_text(seed="1"), "the recipe's seed is not valid: input should be a valid integer"),
    "an absurd size": (
        recipe_text(arguments={"hidden": 10**9}),
        "hidden of mlp cannot be 1000000000; choose an integer from 1 to 1024",
    ),
    "an unknown argument": (recipe_text(arguments={"width": 1}), "mlp has no argument 'width'; it takes n_in, hidden"),
    "an argument that is NaN": (
        recipe_text(arguments={"hidden": float("nan")}),
        "the recipe's arguments[0] is not valid: input should be a finite number",
    ),
    "arguments in a list": (recipe_text(arguments=[1]), "the recipe's arguments is not valid: input should be a"),
    "too many steps": (
        recipe_text(steps=[{"op": "forward"}] * (MAX_STEPS + 1)),
        "the recipe's steps is not valid: tuple should have at most 200 items",
    ),
    "steps by name": (recipe_text(steps={"0": 1}), "the recipe's steps is not valid: input should be a valid array"),
    "a newer version": (
        recipe_text(paramscope=2, colour=1),
        "the recipe has version 2, this Paramscope reads 1; update Paramscope",
    ),
    "a version without end": (recipe_text(paramscope=10**4000), "the recipe has version a number beyond 64 bits, this"),
    "an older version": (recipe_text(paramscope=0), "the recipe's paramscope is not valid: input should be 1"),
    "a version in quotes": (recipe_text(paramscope="2"), "the recipe's paramscope is not valid: input should be 1"),
    "a list": ("[]", NOT_JSON),
    "a word": ('"mlp"', NOT_JSON),
    "nothing": ("", NOT_JSON),
    "null": ("null", NOT_JSON),
    "a web page": ("<html>", NOT_JSON),
    "half of it": (FULL.to_json()[:100], NOT_JSON),
    "100,000 brackets": ("[" * 100_000, NOT_JSON),
    "20,000 levels": ('{"a":' * 20_000 + "1" + "}" * 20_000, NOT_JSON),
    "900 levels": (recipe_text(steps=[]).replace("[]", "[" * 900 + "]" * 900), "the recipe is not valid: invalid JSON"),
    "a megabyte": ("x" * 1_000_000, "the recipe has 1,000,000 characters, more than 200,000"),
    "half a character": ('{"model":"\\ud800"}', "the recipe is not valid: invalid JSON"),
    "half a raw character": ('{"model":"\ud800"}', "the recipe is not valid: input should be a valid string"),
    "a number of 5000 digits": (recipe_text(seed=0).replace("0", "1" * 5000), NOT_JSON),
}

_LEAVES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.sampled_from(("forward", "train", "untie", "edit", "initialize", "normal"))
    | st.text()
)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(("op", "model", "steps", "scheme", "where", "options", "kind", "name", "seed")) | st.text()
    return st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)


#: A text of two characters takes a few hundred: what is wrong is said before anything is built.
MOST_CALLS = 10_000


class TestUntrusted:
    @pytest.mark.parametrize(("text", "start"), REFUSED.values(), ids=list(REFUSED))
    def test_text_is_refused_at_once_in_one_short_sentence(self, text: str, start: str) -> None:
        refusals: list[str] = []

        def refuse() -> None:
            with pytest.raises(ValueError) as caught:  # noqa: PT011 (its beginning is compared)
                Recipe.from_json(text)
            assert type(caught.value) is ValueError
            refusals.append(str(caught.value))

        assert calls(refuse) < MOST_CALLS
        assert peak_bytes(refuse) < 10_000_000
        refused, again = refusals
        assert refused == again
        assert refused.startswith(start)
        assert len(refused) < LONGEST_SENTENCE
        assert "\n" not in refused

    @given(st.recursive(_LEAVES, _containers))
    @settings(max_examples=200, derandomize=True, database=None)
    def test_any_json_is_a_recipe_or_one_sentence(self, value: Any) -> None:
        for text in (json.dumps(value), recipe_text(steps=[value]), recipe_text(arguments=value, seed=value)):
            found = read(Recipe.from_json, text)
            if isinstance(found, Recipe):
                assert Recipe.from_json(found.to_json()) == found
            else:
                assert len(found) < LONGEST_SENTENCE

    def test_what_is_built_in_python_is_checked_too(self) -> None:
        with pytest.raises(ValueError, match=r"at most 200 items") as caught:
            Recipe("mlp", steps=(Forward(),) * MAX_STEPS).then(Forward())
        assert explanation(caught.value) == (
            "the recipe's steps is not valid: tuple should have at most 200 items after validation, not 201"
        )
        with pytest.raises(ValueError, match=r"'w' is not part of a formula"):
            Edit("0.weight", "w")

    def test_a_sentence_of_our_own_is_left_alone(self) -> None:
        assert explanation(ValueError("one thing")) == "one thing"
