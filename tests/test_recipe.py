"""Recipes and links: frozen values, canonical text, and untrusted input answered with one sentence."""

import base64
import dataclasses
import json
import zlib

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import link
from core.models.catalog import MODELS
from core.recipe import Recipe, sentence
from core.replay import replay
from core.steps import Edit, Forward, Initialize, OneTensor, Pattern, Tie, Train, Untie
from tests import recipes as strategies

_FULL = (
    Recipe("shared_mlp")
    .then(Initialize("kaiming_normal", Pattern("*.weight"), (("mode", "fan_out"),), 5))
    .then(Edit("2.weight", "w[0, 0] = 100"))
    .then(Untie("4"))
    .then(Tie("2.weight", "4.weight"))
    .then(Train(2, 0.1, 7))
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MODELS)).flatmap(strategies.recipes))
def test_text_and_link_give_back_the_same_recipe(recipe: Recipe) -> None:
    text = recipe.to_json()
    assert Recipe.from_json(text) == recipe
    assert Recipe.from_json(text).to_json() == text
    assert link.decode(link.encode(recipe)) == recipe


def test_equal_recipes_have_equal_text_however_they_were_written() -> None:
    shuffled = json.dumps(dict(reversed(json.loads(_FULL.to_json()).items())), indent=3)
    assert Recipe.from_json(shuffled).to_json() == _FULL.to_json()


def test_steps_of_different_classes_with_equal_fields_never_collide() -> None:
    texts = {Recipe("mlp").then(step).to_json() for step in (Forward(3), Untie("3"), Train(1, 0.1, 3))}
    texts |= {Recipe("mlp").then(Initialize("zeros", place)).to_json() for place in (Pattern("w"), OneTensor("w"))}
    assert len(texts) == 5


def test_a_recipe_cannot_be_changed_only_continued() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        _FULL.steps = ()  # type: ignore[misc]  # that it is refused is the point
    assert _FULL.undo().then(_FULL.steps[-1]) == _FULL
    assert Recipe("mlp").undo() == Recipe("mlp")


def test_removing_an_earlier_step_does_not_change_a_later_draw() -> None:
    both = Recipe("mlp").then(Initialize("normal", OneTensor("0.bias"), seed=1))
    both = both.then(Initialize("normal", OneTensor("2.weight"), seed=2))
    alone = both.without(0)
    assert torch.equal(replay(both).get_parameter("2.weight"), replay(alone).get_parameter("2.weight"))


def test_replay_repeats_itself_and_leaves_the_random_stream_alone() -> None:
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    first, second = replay(_FULL), replay(_FULL)
    assert torch.equal(torch.rand(3), expected)
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])


def mutated(**changes: object) -> str:
    return json.dumps({**json.loads(_FULL.to_json()), **changes})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("[" * 50_000, "not a JSON object"),
        ("{}", "recipe's model is not valid: field required"),
        (mutated(model="resnet"), "there is no model 'resnet'; choose one of mlp"),
        (mutated(arguments={"width": 3}), "has no argument 'width'"),
        (mutated(arguments={"hidden": 10**9}), "hidden"),
        (mutated(arguments={"hidden": True}), "hidden"),
        (mutated(seed=-1), "recipe's seed is not valid"),
        (mutated(seed=1.5), "recipe's seed is not valid"),
        (mutated(paramscope=99), "has version 99, this Paramscope reads 1"),
        (mutated(colour="red"), "recipe's colour is not valid"),
        (mutated(steps=[{"op": "explode"}]), "recipe's steps"),
        (mutated(steps=[{"op": "forward"}] * 201), "recipe's steps is not valid"),
        (mutated(steps=[{"op": "train", "steps": 10**9}]), r"steps\[0\].steps is not valid"),
        (mutated(steps=[{"op": "edit", "tensor": "0.weight", "formula": "import os"}]), "is not part of a formula"),
        (mutated(steps=[{"op": "initialize", "scheme": "glorot"}]), "there is no scheme 'glorot'"),
        (mutated(steps=[{"op": "initialize", "scheme": "normal", "options": {"sd": 1}}]), "has no option 'sd'"),
        (mutated(steps=[{"op": "initialize", "scheme": "normal", "options": {"std": "1"}}]), "needs a number"),
        (mutated(steps=[{"op": "initialize", "scheme": "uniform", "options": {"a": 3.0}}]), "needs a below b"),
        (" " * 300_000, "characters, more than"),
    ],
)
def test_an_untrusted_recipe_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        Recipe.from_json(text)
    assert "\n" not in sentence(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_options_are_finite_numbers(number: str) -> None:
    step = f'{{"op":"initialize","scheme":"constant","options":{{"val":{number}}}}}'
    with pytest.raises(ValueError, match=r"val|finite"):
        Recipe.from_json(f'{{"model":"mlp","steps":[{step}]}}')


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_link_cut_short_says_so(cut: int) -> None:
    with pytest.raises(ValueError, match="cut short or changed"):
        link.decode(link.encode(_FULL)[:-cut])


@pytest.mark.parametrize("value", ["", "!!!", "AAAA", "é", "a" * 17_000])
def test_garbage_is_no_link(value: str) -> None:
    with pytest.raises(ValueError, match="link"):
        link.decode(value)


def test_a_link_that_unpacks_to_gigabytes_is_refused_before_it_does() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 8_000_000, 9)).decode().rstrip("=")
    assert len(bomb) < link.MAX_LINK
    with pytest.raises(ValueError, match=r"more than 200,000|cut short"):
        link.decode(bomb)
