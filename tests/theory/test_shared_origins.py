"""Origins of tensors that share memory, and of models of ones own that share or build themselves."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from core.module.walk import named_tensors
from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, OneTensor, Source, Step, Tie, Untie
from core.replaying.replay import replayed
from core.theory.origins import Origin, origins
from core.theory.verdict import verdict
from tests.theory.origin import after, built, label


def transposed() -> nn.Module:
    net = nn.Module()
    net.a, net.b = nn.Module(), nn.Module()
    net.a.weight = nn.Parameter(torch.zeros(4, 3))
    net.b.weight = nn.Parameter(net.a.weight.detach().t())
    return net


def overlapping() -> nn.Module:
    memory = torch.zeros(10)
    net = nn.Module()
    net.a, net.b = nn.Module(), nn.Module()
    net.a.weight, net.b.weight = nn.Parameter(memory[:6]), nn.Parameter(memory[4:])
    return net


def drawn_in_order(build: Callable[[], nn.Module], order: tuple[str, str]) -> dict[str, Origin]:
    def drawn() -> nn.Module:
        net = build()
        nn.init.normal_(net.get_parameter(f"{order[0]}.weight"))
        nn.init.uniform_(net.get_parameter(f"{order[1]}.weight"))
        return net

    return built(drawn)[1]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_draws_into_one_memory_the_last_counts_under_every_name(order: tuple[str, str]) -> None:
    found = drawn_in_order(transposed, order)
    assert (label(found["a.weight"]), label(found["b.weight"])) == ("U(0, 1)", "U(0, 1)")


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_draws_into_overlapping_memory_each_part_is_what_the_last_made_it(order: tuple[str, str]) -> None:
    found = drawn_in_order(overlapping, order)
    assert label(found[f"{order[1]}.weight"]) == "U(0, 1)"
    parts = {each.part.as_text((6,)): each.promise for each in found[f"{order[0]}.weight"].premises}
    uniform, normal = ("[4:]", "[:4]") if order[0] == "a" else ("[:2]", "[2:]")
    labels = {part: promise.distribution.label for part, promise in parts.items() if promise is not None}
    assert labels == {uniform: "U(0, 1)", normal: "N(0, 1²)"}


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_a_draw_into_nothing_promises_nothing_and_leaves_the_other_tensors_theirs() -> None:
    source = Source("def build():\n    return nn.Sequential(nn.Linear(3, 0), nn.Linear(0, 40))", "build")
    recipe = Recipe("code", steps=(Initialize("xavier_uniform"),), source=source)
    made = replayed(recipe)
    found = origins(made.model, recipe, made.outcomes, made.stories)
    assert {name: origin.text for name, origin in found.items() if name != "1.bias"} == {
        "0.weight": "it has no elements",
        "0.bias": "it has no elements",
        "1.weight": "it has no elements",
    }
    assert found["1.bias"].text == "PyTorch's default of Linear in your model, line 2"


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
@pytest.mark.parametrize(
    "steps",
    [
        (Initialize("normal", OneTensor("0.weight"), (("std", 3.0),)), Untie("2")),
        (Initialize("normal", OneTensor("2.weight"), (("std", 3.0),)), Untie("2")),
        (Initialize("normal", OneTensor("3.weight"), (("std", 3.0),)), Tie("0.weight", "3.weight")),
        (Tie("0.weight", "3.weight"), Initialize("normal", OneTensor("3.weight"), (("std", 3.0),)), Untie("3.weight")),
    ],
)
def test_a_model_of_ones_own_is_promised_just_what_it_is(code: str, steps: tuple[Step, ...]) -> None:
    recipe = Recipe("code", steps=steps, source=Source(code, "build"))
    made = replayed(recipe)
    found = origins(made.model, recipe, made.outcomes, made.stories)
    for entry in named_tensors(made.model):
        promised = found[entry.name].promise
        assert promised is not None
        assert verdict(entry.tensor, promised).kind == "consistent", (entry.name, found[entry.name])
    drawn = recipe.then(Initialize("zeros", OneTensor("0.weight")))
    again = replayed(drawn)
    assert label(origins(again.model, drawn, again.outcomes, again.stories)["0.weight"]) == "0"
