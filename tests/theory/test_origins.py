"""Where each tensor's values come from, step by step, and so what they should be."""

import pytest
import torch
from torch import nn

from core.module.walk import named_tensors
from core.questions.model import Outcome
from core.recipe.catalog import MODELS
from core.recipe.expects import parse
from core.recipe.recipe import Recipe
from core.recipe.schemes.table import promise_of
from core.recipe.steps import Custom, Edit, Forward, Initialize, OneTensor, Source, Step, Subtree, Tie, Train, Untie
from core.replaying.model_kit import model_kit
from core.replaying.replay import replayed
from core.theory.ledger import Ledger, Origin
from core.theory.origins import origins, origins_when_built
from core.theory.probability import moments
from core.theory.transform import edited
from core.theory.verdict import verdict


def after(model: str, *steps: Step, **arguments: int) -> dict[str, Origin]:
    recipe = Recipe(model, arguments=tuple(arguments.items()))
    for step in steps:
        recipe = recipe.then(step)
    made = replayed(recipe)
    found = origins(made.model, recipe, made.outcomes)
    for entry in named_tensors(made.model):  # whatever is promised must be true
        promised = found[entry.name].promise
        if promised is not None:
            assert verdict(entry.tensor, promised).kind in ("consistent", "cannot tell"), entry.name
    return found


def label(origin: Origin) -> str:
    return origin.promise.distribution.label if origin.promise else ""


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
    assert found["0.weight"].text == "step 1: xavier_uniform"
    assert found["0.weight"].promise == promise_of("xavier_uniform", {}, (8, 4))
    assert found["0.bias"].text == found["2.weight"].text == "PyTorch's default of Linear"


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
    assert found["0.weight"].text == "step 2 trained it since"
    assert found["2.bias"].step == 1
    assert after("mlp", Edit("0.weight", "w[0, 0] = 42"))["0.weight"].text == "step 1 edited it since"


def test_a_forward_pass_moves_running_statistics_and_nothing_else() -> None:
    found = after("autoencoder", Forward())
    assert found["norm.running_mean"].text == "step 1 updated it in a forward pass"
    assert found["norm.weight"].promise is not None


def test_lazy_layers_are_drawn_in_the_first_forward_pass() -> None:
    found = after("lazy_mlp", Forward(seed=1), Initialize("xavier_uniform", Subtree("", "Linear")))
    assert found["0.bias"].text == "PyTorch's default of Linear, drawn in step 1"
    assert found["0.bias"].step == 0
    assert found["0.weight"].text == "step 2: xavier_uniform"


def test_the_lessons_own_initialization_as_two_steps_keeps_its_theory() -> None:
    draw = Initialize("uniform", OneTensor("0.weight"), (("a", -10.0), ("b", 10.0)))
    found = after("mlp", draw, Edit("0.weight", "w *= abs(w) >= 5"))["0.weight"]
    assert found.text == "step 1: uniform, then step 2: w *= abs(w) >= 5"
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
    before = promise_of("uniform", {}, (4, 8))
    found = edited(before, formula)
    assert found is not None
    assert (moments(found.distribution).mean, moments(found.distribution).std) == pytest.approx((mean, std))
    after("mlp", Initialize("uniform", OneTensor("0.weight")), Edit("0.weight", formula))


@pytest.mark.parametrize("formula", ["w[0] *= 2", "w = sin(w)", "w *= w", "w **= 2", "w *= abs(w) <= 5"])
def test_other_edits_end_a_theory(formula: str) -> None:
    assert edited(promise_of("uniform", {}, (4, 8)), formula) is None


def test_edits_know_what_becomes_of_structure() -> None:
    constant = edited(promise_of("ones", {}, (4,)), "w *= 3\nw += 1")
    assert constant is not None
    assert constant.structure == promise_of("constant", {"val": 4.0}, (4,)).structure
    assert edited(promise_of("orthogonal", {}, (4, 4)), "w *= 2") is None
    assert edited(promise_of("orthogonal", {}, (4, 4)), "w *= abs(w) >= 0.1") is None
    zero = edited(promise_of("normal", {}, (4,)), "w *= 0")
    assert zero is not None
    assert zero.structure == promise_of("zeros", {}, (4,)).structure


# Steps with code of their own.


def custom(code: str, *names: str) -> dict[str, Origin]:
    """The mlp's origins after a step with `code` that touched the named tensors."""
    made = replayed(Recipe("mlp"))
    recipe = Recipe("mlp", steps=(Custom(code, "init"),))
    return origins(made.model, recipe, (Outcome(touched=tuple((name, 1) for name in names)),))


def test_a_step_of_ones_own_code_gives_what_it_declares() -> None:
    found = custom('expects = {"*.weight": kept(uniform(-10, 10), 5), "*.bias": default()}', "0.weight", "0.bias")
    assert label(found["0.weight"]) == "U(−10, 10) kept where |w| ≥ 5"
    assert found["0.weight"].text == "step 1, code of your own declares it"
    assert label(found["0.bias"]) == "U(−0.5, 0.5)"
    assert found["2.weight"].step is None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1", "declares nothing about it"),
        ("expects = {'2.*': zeros()}", "declares nothing about it"),
        ("expects = {'*': anything()}", "makes no claim about it"),
        ("\nexpects = foo()", "declares what cannot be read: line 2"),
        ("expects = dirac()", "declares what does not fit: dirac needs three to five axes"),
    ],
)
def test_a_step_of_ones_own_code_that_declares_nothing_leaves_no_theory(code: str, says: str) -> None:
    found = custom(code, "0.weight")["0.weight"]
    assert found.promise is None
    assert says in found.text


def test_after_a_step_of_which_nothing_is_known_nothing_is_promised() -> None:
    assert {source.text for source in custom("x = 1").values()} == {"step 1 may have changed it"}


# What a model's own code declares, and other models.


def test_a_models_own_declaration_comes_before_its_modules_defaults() -> None:
    torch.manual_seed(0)
    net = nn.Linear(40, 30)
    nn.init.normal_(net.weight, 0, 0.02)
    found = origins_when_built(net, parse('{"*.weight": normal(0, 0.02), "*.bias": default()}'))
    assert label(found["weight"]) == "N(0, 0.02²)"
    assert label(found["bias"]).startswith("U(")


def test_views_of_one_memory_share_what_was_drawn_last() -> None:
    net = nn.Module()
    net.a = nn.Linear(4, 3, bias=False)
    net.b = nn.Module()
    net.b.weight = nn.Parameter(net.a.weight.detach().t())
    assert origins_when_built(net)["b.weight"].promise is None
    recipe = Recipe("mlp")
    object.__setattr__(recipe, "steps", (Initialize("uniform", OneTensor("a.weight")),))
    found = origins(net, recipe, (Outcome(touched=(("a.weight", 1),)),))
    assert found["b.weight"] == found["a.weight"]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_draws_into_one_memory_the_last_counts_under_every_name(order: tuple[str, str]) -> None:
    net = nn.Module()
    net.a, net.b = nn.Module(), nn.Module()
    net.a.weight = nn.Parameter(torch.zeros(4, 3))
    net.b.weight = nn.Parameter(net.a.weight.detach().t())
    first, second = (f"{name}.weight" for name in order)
    recipe = Recipe("mlp")
    steps = (Initialize("normal", OneTensor(first)), Initialize("uniform", OneTensor(second)))
    object.__setattr__(recipe, "steps", steps)
    found = origins(net, recipe, (Outcome(touched=((first, 1),)), Outcome(touched=((second, 1),))))
    assert found["a.weight"] == found["b.weight"]
    assert (found[first].step, label(found[first])) == (1, "U(0, 1)")


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_draws_into_overlapping_memory_only_the_last_keeps_its_promise(order: tuple[str, str]) -> None:
    memory = torch.zeros(10)
    net = nn.Module()
    net.a, net.b = nn.Module(), nn.Module()
    net.a.weight, net.b.weight = nn.Parameter(memory[:6]), nn.Parameter(memory[4:])
    first, second = (f"{name}.weight" for name in order)
    recipe = Recipe("mlp")
    steps = (Initialize("normal", OneTensor(first)), Initialize("uniform", OneTensor(second)))
    object.__setattr__(recipe, "steps", steps)
    found = origins(net, recipe, (Outcome(touched=((first, 1),)), Outcome(touched=((second, 1),))))
    assert label(found[second]) == "U(0, 1)"
    assert found[first].promise is None
    assert found[first].text == "it overlaps with a tensor that came later: step 2: uniform"


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_a_draw_into_nothing_promises_nothing_and_leaves_the_other_tensors_theirs() -> None:
    source = Source("def build():\n    return nn.Sequential(nn.Linear(3, 0), nn.Linear(0, 40))", "build")
    recipe = Recipe("code", steps=(Initialize("xavier_uniform"),), source=source)
    made = replayed(recipe)
    found = origins(made.model, recipe, made.outcomes)
    assert found["0.weight"].promise is None
    assert found["0.weight"].text.startswith("step 1: xavier_uniform promises nothing here: a tensor of shape (0, 3)")
    built = origins(made.model, recipe.prefix(0), ())
    assert {name: origin.text for name, origin in built.items()} == {
        "0.weight": "it has no elements",
        "0.bias": "it has no elements",
        "1.weight": "it has no elements",
        "1.bias": "a parameter of Linear, whose initialization is not known",
    }


def test_a_draw_before_a_tie_or_an_untie_is_followed_from_the_model_as_it_was_built() -> None:
    draw = Initialize("normal", OneTensor("2.weight"), (("std", 3.0),))
    assert label(after("shared_mlp", draw, Untie("4"))["4.weight"]) == "N(0, 3²)"
    tied = after("deep_mlp", draw, Tie("0.weight", "2.weight"))
    assert tied["2.weight"] == tied["0.weight"]
    assert tied["0.weight"].step is None


SHARED = (
    "def build():\n    first = nn.Linear(40, 40)\n    return nn.Sequential(first, nn.Tanh(), first, nn.Linear(40, 40))"
)
NEEDS_VALUES = SHARED.replace("    return", "    first.weight.tolist()\n    return")


@pytest.mark.parametrize("code", [SHARED, NEEDS_VALUES], ids=["builds without values", "needs values"])
@pytest.mark.parametrize("knows_build", [True, False])
@pytest.mark.parametrize(
    "steps",
    [
        (Initialize("normal", OneTensor("0.weight"), (("std", 3.0),)), Untie("2")),
        (Initialize("normal", OneTensor("2.weight"), (("std", 3.0),)), Untie("2")),
        (Initialize("normal", OneTensor("3.weight"), (("std", 3.0),)), Tie("0.weight", "3.weight")),
        (Tie("0.weight", "3.weight"), Initialize("normal", OneTensor("3.weight"), (("std", 3.0),)), Untie("3.weight")),
    ],
)
def test_a_model_of_ones_own_is_never_promised_what_it_is_not(
    code: str, knows_build: bool, steps: tuple[Step, ...]
) -> None:
    recipe = Recipe("code", steps=steps, source=Source(code, "build"))
    made = replayed(recipe)
    found = origins(made.model, recipe, made.outcomes, build=model_kit(recipe).build if knows_build else None)
    for entry in named_tensors(made.model):
        promised = found[entry.name].promise
        if knows_build and code == SHARED:
            assert promised is not None
        if promised is not None:
            assert verdict(entry.tensor, promised).kind == "consistent", (entry.name, found[entry.name])
    if not (knows_build and code == SHARED):
        assert "could not be found out" in found["0.bias"].text
    drawn = recipe.then(Initialize("zeros", OneTensor("0.weight")))
    again = replayed(drawn)
    assert label(origins(again.model, drawn, again.outcomes)["0.weight"]) == "0"


@pytest.mark.parametrize("model", MODELS)
def test_no_trained_tensor_keeps_its_promise(model: str) -> None:
    found = after(model, Train(1, 0.01))
    net = replayed(Recipe(model)).model
    trained = {name for name, parameter in net.named_parameters(remove_duplicate=False) if parameter.requires_grad}
    assert trained
    for name in trained:
        assert (found[name].promise, found[name].text) == (None, "step 1 trained it since")
    drawn_again = after(model, Train(1, 0.01), Initialize("zeros", OneTensor(min(trained))))
    assert label(drawn_again[min(trained)]) == "0"


def test_a_ledger_survives_a_module_inside_itself() -> None:
    net = nn.Sequential(nn.Linear(2, 2))
    net.add_module("again", net)
    assert [names for names, _ in Ledger.of(net).cells()] == [("0.weight",), ("0.bias",)]
