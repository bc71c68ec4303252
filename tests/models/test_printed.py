"""What the lesson prints, against torch in an interpreter that knows nothing of us."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.questions.model import GetListing, GetPrinted
from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.step_code import sample_code
from core.recipe.steps import Edit, Initialize, Subtree, Train
from core.replaying.replay import replay

#: What a person types after the script, as the page shows it beside what it prints.
_TYPED = """
print(net{index})
print("----")
print(net{index}.state_dict())
print("----")
print(*[(name, p.shape) for name, p in net{index}.named_parameters()])
print("----")
print(X)
print("----")
print(net(X))
"""
_DRAWN = Initialize("xavier_uniform", Subtree("", "Linear"), seed=3)
RECIPES = {
    "the lesson's net": (Recipe("mlp"), "", ""),
    "its last layer": (Recipe("mlp").then(_DRAWN), "2", "[2]"),
    "a trained net": (Recipe("mlp").then(Train(3)), "", ""),
    "the nested net": (Recipe("rgnet").then(Edit("1.bias", "w = nan")), "0.block1", "[0].block1"),
    "a shared layer": (Recipe("shared_mlp"), "4", "[4]"),
    "convolutions": (Recipe("lenet"), "", ""),
    "an LSTM": (Recipe("lstm"), "", ""),
    "a transformer": (Recipe("gpt"), "", ""),
}


def typed(recipe: Recipe, index: str, folder: Path) -> list[str]:
    """What a fresh interpreter prints."""
    script = folder / "lesson.py"
    first = "torch.set_num_threads(1)\n"  # the last bits of a sum depend on it
    script.write_text(
        f"import torch\n{first}{to_script(recipe.then(Train(1)))}".rpartition("torch.manual_seed")[0]
        + f"{sample_code(recipe)}\n{_TYPED.format(index=index)}"
    )
    ran = subprocess.run([sys.executable, "-I", str(script)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return [part.strip("\n") for part in ran.stdout.split("----")]


@pytest.mark.parametrize("title", RECIPES)
def test_what_is_shown_is_what_torch_prints(title: str, tmp_path: Path) -> None:
    recipe, name, index = RECIPES[title]
    structure, state, parameters, inputs, output = typed(recipe, index, tmp_path)
    model = replay(recipe)
    moments = Moments(recipe, model, model, ())
    listing = answer(GetListing(name), moments)
    assert listing.state == state
    assert listing.parameters == parameters
    assert answer(GetPrinted(name), moments).structure == structure
    printed = answer(GetPrinted(), moments)
    assert printed.inputs == inputs
    assert printed.output == output


def test_the_lessons_lines_are_letter_by_letter_those_of_the_book() -> None:
    model = replay(Recipe("mlp").then(Edit("2.weight", "w = 0.25")).then(Edit("2.bias", "w = 0.2166")))
    listing = answer(GetListing("2"), Moments(Recipe("mlp"), model, model, ()))
    assert listing.expression == "net[2]"
    assert listing.state == (
        "OrderedDict([('weight', tensor([[0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500]])), "
        "('bias', tensor([0.2166]))])"
    )
    assert listing.parameters == "('weight', torch.Size([1, 8])) ('bias', torch.Size([1]))"


def test_a_name_that_is_no_position_is_reached_as_python_reaches_it() -> None:
    net = nn.Sequential()
    net.add_module("5", nn.Linear(1, 1))
    net.add_module("a b", nn.Linear(1, 1))
    moments = Moments(Recipe("mlp"), net, net, ())
    assert answer(GetListing("5"), moments).expression == "net[0]"
    assert answer(GetListing("a b"), moments).expression == "net[1]"
    assert answer(GetListing(), moments).expression == "net"


def test_a_lazy_module_says_what_torch_raises() -> None:
    net = nn.Sequential(nn.LazyLinear(3))
    listing = answer(GetListing(), Moments(Recipe("mlp"), net, net, ()))
    assert listing.parameters.startswith("RuntimeError: Can't access the shape of an uninitialized parameter")
    assert "<UninitializedParameter>" in listing.state


def test_a_module_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="missing"):
        answer(GetListing("missing"), Moments(Recipe("mlp"), nn.ReLU(), nn.ReLU(), ()))


def test_a_net_in_evaluation_mode_is_left_so_and_unmoved() -> None:
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).eval()
    kept = {name: value.clone() for name, value in net.state_dict().items()}
    printed = answer(GetPrinted(), Moments(Recipe("mlp"), net, net, ()))
    assert "grad_fn=<NativeBatchNormBackward0>" in printed.output
    assert all(torch.equal(value, kept[name]) for name, value in net.state_dict().items())
    assert net[0].weight.grad is None
