"""Where each tensor's values come from, step by step, and so what they should be."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from core import provenance
from core.questions.code import Run
from core.questions.model import Outcome
from core.recipe.catalog import MODELS
from core.recipe.expects import parse
from core.recipe.recipe import Recipe
from core.recipe.schemes.promise import Exactly, Orthogonal, Promise
from core.recipe.schemes.table import promise_of
from core.recipe.steps import Custom, Edit, Forward, Initialize, OneTensor, Subtree, Tie, Train, Untie
from core.replaying.replay import replayed
from core.theory.origins import Origin, origins, origins_when_built
from core.theory.probability import moments
from tests.theory.origin import after, label


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_the_catalog_is_what_its_build_promises(model: str) -> None:
    for name, source in after(model).items():
        assert source.step is None
        assert source.promise is not None or "mask" in name or model == "lazy_mlp"
    opened = after(model, *MODELS[model].opening)
    assert any(source.step is not None for source in opened.values())


def test_the_gpts_head_is_an_embedding() -> None:
    found = after("gpt")
    assert found["head.weight"] == found["tok_emb.weight"]
    assert label(found["head.weight"]) == "N(0, 1²)"


def test_an_initialization_promises_for_what_it_touched_only() -> None:
    found = after("mlp", Initialize("xavier_uniform", Subtree("0", "Linear"), seed=1))
    assert found["0.weight"].text == "drawn by xavier_uniform_(gain=1) in step 1"
    assert found["0.weight"].promise == promise_of("xavier_uniform", {}, (8, 4))
    for name in ("0.bias", "2.weight"):
        assert found[name].text.startswith("PyTorch's default of Linear in mlp.py:")


def test_the_last_draw_of_a_tied_tensor_wins_under_every_name() -> None:
    first = Initialize("normal", OneTensor("2.weight"), (("std", 3.0),))
    found = after("shared_mlp", first, Initialize("uniform", OneTensor("4.weight")))
    assert found["2.weight"] == found["4.weight"]
    assert label(found["2.weight"]) == "U(0, 1)"
    again = after("shared_mlp", Initialize("uniform", OneTensor("4.weight")), first)
    assert label(again["4.weight"]) == "N(0, 3²)"


def test_a_tie_moves_a_theory_and_an_untie_copies_it() -> None:
    draw = Initialize("normal", OneTensor("0.weight"), (("std", 3.0),))
    tied = after("deep_mlp", draw, Tie("0.weight", "2.weight"))
    assert tied["2.weight"] == tied["0.weight"]
    later = after("deep_mlp", Tie("0", "2"), draw)
    assert label(later["2.weight"]) == "N(0, 3²)"
    apart = after("deep_mlp", Tie("0", "2"), draw, Untie("2"), Initialize("uniform", OneTensor("0.weight")))
    assert (label(apart["0.weight"]), label(apart["2.weight"])) == ("U(0, 1)", "N(0, 3²)")
    shared = after("shared_mlp", Untie("4"), Initialize("uniform", OneTensor("4.weight")))
    assert shared["2.weight"].step is None
    assert shared["4.weight"].step == 1


def test_a_tie_keeps_what_the_source_was_built_as() -> None:
    found = after("lstm", Tie("embedding.weight", "head.weight"), vocab=4, classes=4)
    assert label(found["head.weight"]) == "N(0, 1²)"


def test_edits_and_training_end_a_theory_and_say_so() -> None:
    found = after("mlp", Edit("0.weight", "w[0, 0] = 42"), Train(2))
    assert found["0.weight"].promise is None
    assert found["0.weight"].text == "written by training in step 2; nothing is promised of that"
    assert found["2.bias"].step == 1


def test_an_edit_of_a_single_weight_leaves_the_others_their_theory() -> None:
    edited = after("mlp", Edit("0.weight", "w[0, 0] = 42"))["0.weight"]
    assert [(premise.part.as_text((8, 4)), bool(premise.promise)) for premise in edited.premises] == [
        ("[1:]", True),
        ("[0, 1:]", True),
        ("[0, 0]", True),
    ]
    assert edited.text.endswith("[0, 0] filled by fill_(value=42) in step 1")


def test_a_forward_pass_moves_running_statistics_and_nothing_else() -> None:
    found = after("autoencoder", Forward())
    said = "written by a forward pass in autoencoder.py:19, step 1; nothing is promised of that"
    assert found["norm.running_mean"].text == said
    assert found["norm.weight"].promise is not None


def test_lazy_layers_are_drawn_in_the_first_forward_pass() -> None:
    found = after("lazy_mlp", Forward(seed=1), Initialize("xavier_uniform", Subtree("", "Linear")))
    assert found["0.bias"].text == "PyTorch's default of Linear in step 1"
    assert found["0.bias"].step == 0
    assert found["0.weight"].text == "drawn by xavier_uniform_(gain=1) in step 2"


def test_the_lessons_own_initialization_as_two_steps_keeps_its_theory() -> None:
    draw = Initialize("uniform", OneTensor("0.weight"), (("a", -10.0), ("b", 10.0)))
    found = after("mlp", draw, Edit("0.weight", "w *= abs(w) >= 5"))["0.weight"]
    assert found.text == "drawn by uniform_(a=−10, b=10) in step 1, then changed by w · (abs(w) ≥ 5) in step 2"
    assert found.promise is not None
    assert moments(found.promise.distribution).std == pytest.approx(5.40062, abs=1e-5)


@pytest.mark.parametrize(
    ("formula", "mean", "std"),
    [
        ("w *= 2", 1.0, 2 / 12**0.5),
        ("w /= -2", -0.25, 0.5 / 12**0.5),
        ("w += 1; w -= 3", -1.5, 12**-0.5),
        ("w = 7", 7, 0),
    ],
)
def test_edits_that_scale_and_shift_keep_a_theory(formula: str, mean: float, std: float) -> None:
    found = after("mlp", Initialize("uniform", OneTensor("0.weight")), Edit("0.weight", formula))["0.weight"].promise
    assert found is not None
    assert (moments(found.distribution).mean, moments(found.distribution).std) == pytest.approx((mean, std))


@pytest.mark.parametrize("formula", ["w = sin(w)", "w *= w", "w **= 2", "w *= abs(w) <= 5", "w[0] **= 2"])
def test_other_edits_end_a_theory(formula: str) -> None:
    assert edited("uniform", formula) is None


def edited(scheme: str, formula: str, tensor: str = "0.weight") -> Promise | None:
    draw = Initialize(scheme, OneTensor(tensor))
    return after("deep_mlp", draw, Edit(tensor, formula))[tensor].promise


def test_edits_know_what_becomes_of_structure() -> None:
    constant = edited("ones", "w *= 3\nw += 1")
    assert constant is not None
    assert isinstance(constant.structure, Exactly)
    assert (constant.structure.kind, constant.structure.value) == ("constant", 4.0)
    orthogonal = edited("orthogonal", "w *= 2")
    assert orthogonal is not None
    assert orthogonal.structure == Orthogonal(2.0)
    assert edited("orthogonal", "w += 2") is None
    assert edited("orthogonal", "w *= abs(w) >= 0.1") is None
    zero = edited("normal", "w *= 0")
    assert zero is not None
    assert isinstance(zero.structure, Exactly)
    assert zero.structure.value == 0


# Steps with code of their own.


def custom(code: str, *names: str) -> dict[str, Origin]:
    """The mlp's origins after a step with `code` that touched the named tensors."""
    made = replayed(Recipe("mlp"))
    recipe = Recipe("mlp", steps=(Custom(code, "init"),))
    run = Run("", 0.0, 1, ())
    return origins(made.model, recipe, (Outcome(tuple((name, 1) for name in names), run=run),), made.stories)


def test_a_step_of_ones_own_code_gives_what_it_declares() -> None:
    found = custom('expects = {"*.weight": kept(uniform(-10, 10), 5), "*.bias": default()}', "0.weight", "0.bias")
    assert label(found["0.weight"]) == "U(−10, 10) kept where |w| ≥ 5"
    assert found["0.weight"].text == "step 1, code of your own declares it"
    assert label(found["0.bias"]) == "U(−0.5, 0.5)"
    assert found["2.weight"].text == "step 1, code of your own declares it"  # it is held to its word


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1", "filled by code of your own in step 1; nothing is promised of that"),
        ("expects = {'2.*': zeros()}", "filled by code of your own in step 1; nothing is promised of that"),
        ("expects = {'*': anything()}", "makes no claim about it"),
        ("\nexpects = foo()", "declares what cannot be read: line 2"),
        ("expects = dirac()", "declares what does not fit: dirac needs three to five axes"),
    ],
)
def test_a_step_of_ones_own_code_that_declares_nothing_leaves_no_theory(code: str, says: str) -> None:
    found = custom(code, "0.weight")["0.weight"]
    assert found.promise is None
    assert says in found.text


# What a model's own code declares, and other models.


def test_a_models_own_declaration_comes_before_its_modules_defaults() -> None:
    torch.manual_seed(0)
    with provenance() as story:
        net = nn.Linear(40, 30)
        net.weight.data = torch.from_numpy(np.random.default_rng(0).normal(0, 0.02, (30, 40)))
    found = origins_when_built(net, story.of(net), parse('{"*.weight": normal(0, 0.02), "*.bias": default()}'))
    assert label(found["weight"]) == "N(0, 0.02²)"
    assert label(found["bias"]).startswith("U(")


@pytest.mark.parametrize("model", MODELS)
def test_what_training_changed_keeps_no_promise_and_the_rest_keeps_its_own(model: str) -> None:
    found = after(model, Train(1, 0.01))
    net, before = (replayed(recipe).model for recipe in (Recipe(model).then(Train(1, 0.01)), Recipe(model)))
    trained = set()
    for name, parameter in net.named_parameters(remove_duplicate=False):
        if is_lazy(before.get_parameter(name)) or not torch.equal(parameter, before.get_parameter(name)):
            trained.add(name)
        else:
            assert found[name].step is None
    assert trained
    for name in trained:
        assert found[name].promise is None
        assert found[name].text == "written by training in step 1; nothing is promised of that"
    drawn_again = after(model, Train(1, 0.01), Initialize("zeros", OneTensor(min(trained))))
    assert label(drawn_again[min(trained)]) == "0"


def test_a_copy_of_what_was_written_part_by_part_is_held_to_it_part_by_part() -> None:
    with provenance() as story:
        net = nn.ParameterDict({"table": nn.Embedding(50, 8, padding_idx=3).weight})
        net["clone"] = nn.Parameter(net["table"].detach().clone())
        net["scaled"] = nn.Parameter(net["table"].detach() * 0.5)
    found = origins_when_built(net, story.of(net))
    assert label(found["clone"]) == label(found["table"]) == "0.98 · N(0, 1²) + 0.02 · [0]"
    assert label(found["scaled"]) == "0.98 · N(0, 0.5²) + 0.02 · [0]"


def test_of_what_was_never_written_no_link_promises_the_bytes() -> None:
    with provenance() as story:
        net = nn.ParameterList([nn.Parameter(torch.empty(64, 50))])
    (found,) = origins_when_built(net, story.of(net)).values()
    assert found.promise is None
    assert found.text.startswith("never written: memory as it was found")
    assert found.text.endswith("no seed and no link repeats that")
