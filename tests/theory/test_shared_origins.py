"""Origins of tensors that share memory, and of models of ones own that share or build themselves."""

import pytest
import torch
from torch import nn

from core.module.walk import named_tensors
from core.questions.model import Outcome
from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, OneTensor, Source, Step, Tie, Untie
from core.replaying.model_kit import model_kit
from core.replaying.replay import replayed
from core.theory.ledger import Ledger
from core.theory.origins import origins, origins_when_built
from core.theory.verdict import verdict
from tests.theory.origin import after, label


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


def test_a_ledger_survives_a_module_inside_itself() -> None:
    net = nn.Sequential(nn.Linear(2, 2))
    net.add_module("again", net)
    assert [names for names, _ in Ledger.of(net).cells()] == [("0.weight",), ("0.bias",)]
