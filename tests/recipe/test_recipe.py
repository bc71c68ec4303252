"""A recipe is a frozen value and its text: whatever is in it comes back, and whatever is wrong is one sentence."""

import base64
import dataclasses
import itertools
import json
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from core.models import shared_mlp
from core.recipe import link
from core.recipe.catalog import MODELS
from core.recipe.recipe import MAX_JSON, MAX_STEPS, Recipe, sentence
from core.recipe.steps import (
    MAX_SEED,
    TRAIN_ROWS,
    Edit,
    Forward,
    Initialize,
    OneTensor,
    OptimizerName,
    Pattern,
    Step,
    Subtree,
    Tie,
    Train,
    Untie,
)
from core.replay.replay import StepError, replay, replayed
from tests.recipes import recipes

LONGEST_SENTENCE = 300

ONE_OF_EACH: tuple[Step, ...] = (
    Initialize("normal", Subtree("0", "Linear", "weight"), (("std", 0.01),), seed=3),
    Initialize("zeros", Pattern("*.bias")),
    Initialize("kaiming_normal", OneTensor("0.weight"), (("nonlinearity", "relu"), ("mode", "fan_out"))),
    Edit("0.weight", "w *= abs(w) >= 5\nw[0, 0] = 42"),
    Tie("0.bias", "2.bias"),
    Untie("2.bias"),
    Forward(4),
    Train(2, 0.25, 5, "momentum"),
)
FULL = Recipe("mlp", 7, ONE_OF_EACH, (("n_out", 8),))


def recipe_text(**fields: Any) -> str:
    return json.dumps({"model": "mlp", **fields})


def step_text(**fields: Any) -> str:
    return recipe_text(steps=[fields])


def initialize_text(**options: Any) -> str:
    return step_text(op="initialize", scheme="normal", options=options)


def read(reader: Callable[[str], Recipe], text: str) -> Recipe | str:
    """The recipe, or the sentence it is refused with."""
    try:
        return reader(text)
    except ValueError as error:
        return str(error)


def state_bytes(net: nn.Module) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in net.state_dict().items()}


class TestText:
    def test_gives_the_recipe_back(self) -> None:
        assert Recipe.from_json(FULL.to_json()) == FULL
        assert link.decode(link.encode(FULL)) == FULL

    @pytest.mark.parametrize("model", MODELS)
    def test_gives_any_recipe_back(self, model: str) -> None:
        @settings(
            max_examples=12,
            deadline=None,
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

    def test_taking_one_out_keeps_the_later_draws(self) -> None:
        first = Initialize("normal", OneTensor("0.weight"), seed=1)
        second = Initialize("uniform", OneTensor("2.weight"), seed=2)
        both = Recipe("mlp", steps=(first, second))
        without = replay(both.without(0)).state_dict()
        assert torch.equal(without["2.weight"], replay(both).state_dict()["2.weight"])
        assert torch.equal(without["0.weight"], replay(Recipe("mlp")).state_dict()["0.weight"])

    @pytest.mark.parametrize(
        "step",
        [
            Initialize("normal", Subtree("", "Linear")),
            Initialize("orthogonal", Subtree("", "Linear")),
            Initialize("sparse", Subtree("", "Linear")),
            Train(1, 0.5),
        ],
        ids=lambda step: type(step).__name__,
    )
    def test_that_draw_do_so_from_their_own_seed(self, step: Initialize | Train) -> None:
        def drawn(seed: int, build: int = 0) -> dict[str, bytes]:
            return state_bytes(replay(Recipe("mlp", build, (dataclasses.replace(step, seed=seed),))))

        assert drawn(1) == drawn(1)
        assert drawn(1) != drawn(2)
        if isinstance(step, Initialize):
            assert drawn(1, build=5)["2.weight"] == drawn(1, build=6)["2.weight"]

    def test_that_run_the_model_draw_their_batch_from_their_own_seed(self) -> None:
        first, again, other = (replay(Recipe("autoencoder", steps=(Forward(seed),))) for seed in (1, 1, 2))
        assert state_bytes(first) == state_bytes(again) != state_bytes(other)

    def test_get_a_seed_that_no_step_uses_yet(self) -> None:
        assert Recipe("mlp", 5).next_seed() == 6
        assert Recipe("mlp", 5, (Forward(3), Train(seed=9), Untie("0"))).next_seed() == 10
        assert Recipe("mlp", 0, (Forward(MAX_SEED), Forward(0), Forward(2))).next_seed() == 1
        assert Forward(Recipe("mlp", MAX_SEED).next_seed())


class TestReplay:
    def test_leaves_the_random_stream_the_threads_and_the_default_dtype_as_they_were(self) -> None:
        torch.manual_seed(11)
        before, threads = torch.get_rng_state(), torch.get_num_threads()
        replay(FULL)
        with pytest.raises(StepError):
            replay(Recipe("mlp", steps=(Train(), Untie("0"))))
        assert torch.equal(torch.get_rng_state(), before)
        assert torch.get_num_threads() == threads
        assert torch.get_default_dtype() == torch.float32

    def test_does_not_depend_on_the_random_stream(self) -> None:
        torch.manual_seed(1)
        first = state_bytes(replay(FULL))
        torch.rand(7)
        assert state_bytes(replay(FULL)) == first

    def test_gives_a_model_of_its_own_at_every_call(self) -> None:
        first, second = replay(FULL), replay(FULL)
        with torch.no_grad():
            first.get_parameter("0.weight").zero_()
        assert second.get_parameter("0.weight").abs().sum() > 0

    def test_says_which_parameters_a_step_visited_and_how_often(self) -> None:
        """`apply` comes to a shared module once, and to a shared parameter once for each module that has it."""
        drawn = Initialize("normal", Subtree("", "", "weight"))
        shared = replayed(Recipe("shared_mlp", steps=(drawn,))).outcomes[0].touched
        assert shared == (("0.weight", 1), ("2.weight", 1), ("6.weight", 1))
        tied = replayed(Recipe("mlp", steps=(Tie("0.bias", "2.bias"), Initialize("zeros", Pattern("*.bias"))), **EIGHT))
        assert tied.outcomes[1].touched == (("0.bias", 1),)
        subtree = Initialize("zeros", Subtree("", "Linear", "bias"))
        visited = replayed(Recipe("mlp", steps=(Tie("0.bias", "2.bias"), subtree), **EIGHT)).outcomes[1].touched
        assert visited == (("0.bias", 1), ("2.bias", 1))

    def test_training_from_before_there_were_optimizers_is_plain_sgd(self) -> None:
        old = step_text(op="train", steps=2, learning_rate=0.1, seed=3)
        assert Recipe.from_json(old) == Recipe("mlp", steps=(Train(2, 0.1, 3, "sgd"),))

    @pytest.mark.parametrize(
        ("name", "build"),
        [
            ("sgd", lambda parameters: torch.optim.SGD(parameters, lr=0.05)),
            ("momentum", lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9)),
            ("adam", lambda parameters: torch.optim.Adam(parameters, lr=0.05)),
        ],
    )
    def test_trains_by_torchs_optimizer(self, name: OptimizerName, build: Callable[..., torch.optim.Optimizer]) -> None:
        net = replay(Recipe("shared_mlp"))
        torch.manual_seed(4)
        inputs, targets = shared_mlp.batch(TRAIN_ROWS)
        optimizer = build(net.parameters())
        for _ in range(3):
            optimizer.zero_grad()
            loss: Any = shared_mlp.loss(net(inputs), targets)
            loss.backward()
            optimizer.step()
        assert state_bytes(replay(Recipe("shared_mlp", steps=(Train(3, 0.05, 4, name),)))) == state_bytes(net)

    def test_says_the_losses_of_training(self) -> None:
        losses = replayed(Recipe("mlp", steps=(Train(5, 0.1),))).outcomes[0].losses
        assert len(losses) == 5
        assert losses[-1] < losses[0]

    @pytest.mark.parametrize(
        ("recipe", "text"),
        [
            pytest.param(
                Recipe("mlp", steps=(Forward(), Edit("0.wait", "w = 1"))),
                "step 2 cannot be carried out: there is no tensor '0.wait': 0 holds weight, bias",
                id="a tensor that does not exist",
            ),
            pytest.param(
                Recipe("mlp", steps=(Initialize("normal", Subtree("9")),)),
                "step 1 cannot be carried out: there is no module '9': net holds 0, 1, 2",
                id="a module that does not exist",
            ),
            pytest.param(
                Recipe("mlp", steps=(Initialize("normal", Pattern("*.wait")),)),
                "step 1 cannot be carried out: nothing to initialize: there is no parameter name like '*.wait'; "
                "widen the place",
                id="a pattern that matches nothing",
            ),
            pytest.param(
                Recipe("lazy_mlp", steps=(Initialize("normal", Subtree("", "Linear")),)),
                "step 1 cannot be carried out: nothing to initialize: there is no parameter 'weight' in Linear at or "
                "below net; widen the place",
                id="a lazy layer is no Linear yet",
            ),
            pytest.param(
                Recipe("gpt", steps=(Initialize("zeros", OneTensor("blocks.0.attn.mask")),)),
                "step 1 cannot be carried out: 'blocks.0.attn.mask' is a buffer, not a parameter; set its values on "
                "the Edit page",
                id="a buffer",
            ),
            pytest.param(
                Recipe("lazy_mlp", steps=(Edit("0.weight", "w = 1"),)),
                "step 1 cannot be carried out: '0.weight' is uninitialized until the first forward pass; run one first",
                id="no shape yet",
            ),
            pytest.param(
                Recipe("shared_mlp", steps=(Tie("0.bias", "6.bias"),)),
                "step 1 cannot be carried out: cannot tie 6.bias (1,) float32 to 0.bias (8,) float32: tied tensors "
                "need one shape and dtype; choose two that agree",
                id="shapes that differ",
            ),
            pytest.param(
                Recipe("lazy_mlp", steps=(Tie("0", "2"), Forward()), arguments=(("hidden", 7),)),
                "step 2 cannot be carried out: the forward pass fails: mat1 and mat2 shapes cannot be multiplied "
                "(2x7 and 4x7)",
                id="a forward pass that fails",
            ),
            pytest.param(
                Recipe("gpt", arguments=(("n_head", 3),)),
                "gpt cannot split d_model=32 into n_head=3 equal heads; choose a d_model that is a multiple of 3, or "
                "another n_head",
                id="arguments that do not fit each other",
            ),
        ],
    )
    def test_refuses_in_one_sentence_that_names_the_step(self, recipe: Recipe, text: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole text is compared)
            replay(recipe)
        assert str(caught.value) == text


EIGHT: dict[str, Any] = {"arguments": (("n_out", 8),)}

NOT_JSON = "the recipe is not a JSON object; open a link or file that Paramscope wrote"
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


class TestUntrusted:
    @pytest.mark.parametrize(("text", "start"), REFUSED.values(), ids=list(REFUSED))
    def test_text_is_refused_at_once_in_one_short_sentence(self, text: str, start: str) -> None:
        started = time.process_time()
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (its beginning is compared)
            Recipe.from_json(text)
        refused = str(caught.value)
        assert refused.startswith(start)
        assert type(caught.value) is ValueError
        assert len(refused) < LONGEST_SENTENCE
        assert "\n" not in refused
        assert time.process_time() - started < 2

    @given(st.recursive(_LEAVES, _containers))
    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
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
        assert sentence(caught.value) == (
            "the recipe's steps is not valid: tuple should have at most 200 items after validation, not 201"
        )
        with pytest.raises(ValueError, match=r"'w' is not part of a formula"):
            Edit("0.weight", "w")

    def test_a_sentence_of_our_own_is_left_alone(self) -> None:
        assert sentence(ValueError("one thing")) == "one thing"


CHANGED = "the link's recipe cannot be read: it was cut short or changed; copy the whole link"


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")


class TestLink:
    def test_is_made_of_letters_that_need_no_escaping(self) -> None:
        assert set(link.encode(FULL)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    def test_of_the_lesson_is_short(self) -> None:
        assert len(link.encode(Recipe("mlp", steps=MODELS["mlp"].opening))) < 300

    def test_of_equal_recipes_is_equal(self) -> None:
        assert link.encode(Recipe.from_json(FULL.to_json())) == link.encode(FULL)

    def test_cut_anywhere_is_refused(self) -> None:
        whole = link.encode(FULL)
        for length in range(len(whole)):
            with pytest.raises(ValueError, match=CHANGED):
                link.decode(whole[:length])

    def test_with_one_letter_changed_is_refused_or_another_valid_recipe(self) -> None:
        whole = link.encode(Recipe("mlp"))
        for position in range(len(whole)):
            changed = whole[:position] + ("A" if whole[position] != "A" else "B") + whole[position + 1 :]
            found = read(link.decode, changed)
            assert isinstance(found, Recipe) or len(found) < LONGEST_SENTENCE

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            pytest.param("", CHANGED, id="nothing"),
            pytest.param("hello", CHANGED, id="a word"),
            pytest.param("%%%", CHANGED, id="signs"),
            pytest.param("+/+/", CHANGED, id="the other alphabet"),
            pytest.param("é" * 10, CHANGED, id="other letters"),
            pytest.param("\ud800", CHANGED, id="half a character"),
            pytest.param("A" * 16_001, "the link's recipe has 16,001 characters, more than 16,000", id="too long"),
            pytest.param(packed(b"\xff\xfe"), CHANGED, id="no text"),
            pytest.param(packed(b"[]"), NOT_JSON, id="no recipe"),
            pytest.param(
                packed(recipe_text(model="resnet").encode()), "there is no model 'resnet'", id="an unknown model"
            ),
        ],
    )
    def test_of_garbage_is_refused_in_one_sentence(self, value: str, text: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (its beginning is compared)
            link.decode(value)
        assert str(caught.value).startswith(text)

    def test_that_would_unpack_to_gigabytes_is_refused_without_unpacking_it(self) -> None:
        packer = zlib.compressobj(9)
        bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(11))
        value = base64.urlsafe_b64encode(bomb + packer.flush()).decode()
        assert len(value) <= link.MAX_LINK
        started = time.process_time()
        with pytest.raises(ValueError, match=f"the recipe has {MAX_JSON + 1:,} characters, more than {MAX_JSON:,}"):
            link.decode(value)
        assert time.process_time() - started < 1

    def test_is_cut_to_what_browsers_take(self) -> None:
        assert len(link.encode(Recipe("mlp", steps=ONE_OF_EACH * 25, arguments=(("n_out", 8),)))) < link.MAX_LINK
