"""Weights, Modules and Tying say which tensors are equal in value, and never that these are tied."""

import pytest
from torch import nn

from core.module.tree import module_tree
from core.module.tree_rows import tree_rows, with_equal
from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Source, Tie, Train, Untie
from core.replaying.replay import replay
from core.sharing.equal import equal_groups
from pages.frame.session import opening
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown

#: Two hidden layers that were one, and are equal since.
UNTIED = Recipe("shared_mlp").then(Untie("4"))
ENCODER = """
def build():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
"""
ONE_SEED = """
def layer(width):
    torch.manual_seed(0)
    return nn.Linear(width, 3)

def build():
    return nn.Sequential(*(layer(2 + place // 2) for place in range(10)))
"""
_SECTION = "**Equal in value, not tied**"


def test_a_card_says_what_its_tensor_equals() -> None:
    app = open_app(UNTIED, "weights")
    assert_calm(app)
    lines = [line for line in shown(app).splitlines() if "Equal in value" in line]
    assert [line.split(", **not tied**: ")[0].rpartition("to ")[2] for line in lines] == [
        "`4.weight`",
        "`4.bias`",
        "`2.weight`",
        "`2.bias`",
    ]
    large = open_app(UNTIED, "weights", opened="4.weight")
    assert "Equal in value to `2.weight`, **not tied**" in shown(large)


def test_a_card_of_a_tied_tensor_says_nothing_of_the_kind() -> None:
    for recipe in (Recipe("shared_mlp"), opening("gpt"), UNTIED.then(Train(1))):
        for page in ("weights", "modules", "tying"):
            app = open_app(recipe, page)
            assert_calm(app)
            assert "equal in value" not in shown(app).lower()


def test_the_selected_tensor_of_modules_is_not_called_tied() -> None:
    said = shown(open_app(UNTIED, "modules", row="4.weight"))
    assert "Equal in value to `2.weight`, **not tied**" in said
    assert "Tied:" not in said


def test_a_row_of_the_tree_has_a_badge_beside_those_of_ties() -> None:
    net = nn.Sequential(nn.Linear(6, 4), nn.Linear(6, 4), nn.Linear(6, 4))
    net[1].weight = net[0].weight
    net.get_parameter("2.weight").data.copy_(net.get_parameter("0.weight").data)
    rows = with_equal(tree_rows(module_tree(net), {}), equal_groups(net))
    told = {row.name: (row.badges, row.detail) for row in rows if row.kind != "module" and row.badges}
    assert told == {
        "0.weight": (("tied", "equal"), "also 1.weight; equal in value to 2.weight, not tied"),
        "1.weight": (("tied",), "also 0.weight"),
        "2.weight": (("equal",), "equal in value to 0.weight, not tied"),
    }


def test_tying_lists_them_and_ties_two_of_them_a_press() -> None:
    app = open_app(UNTIED, "tying")
    assert_calm(app)
    assert _SECTION in shown(app)
    assert "one tensor until step 1 untied them" in shown(app)
    assert "No two names of this model share a byte" in shown(app)
    app.button(key="tie_equal_2.weight").click().run()
    assert_calm(app)
    assert session_recipe(app) == UNTIED.then(Tie("2.weight", "4.weight"))
    net = replay(session_recipe(app))
    assert net.get_parameter("2.weight") is net.get_parameter("4.weight")
    assert "`2.weight`, `4.weight`" not in shown(app).partition(_SECTION)[2]
    app.button(key="tie_equal_2.bias").click().run()
    assert_calm(app)
    assert _SECTION not in shown(app)


@pytest.mark.parametrize("page", ["weights", "modules", "tying"])
def test_layers_that_an_encoder_cloned_are_told(page: str) -> None:
    app = open_app(Recipe(CODE, source=Source(ENCODER, "build")), page, row="layers.0.linear1.weight")
    assert_calm(app)
    assert "`layers.1.linear1.weight`, `layers.2.linear1.weight`" in shown(app)


def test_draws_after_one_seed_are_told_where_their_number_or_scale_differs() -> None:
    app = open_app(UNTIED.then(Edit("4.weight", "w *= 0.5")), "tying")
    assert_calm(app)
    assert "**The same numbers, not tied**" in shown(app)
    said = "all its 64 values are 0.5 times those that 2.weight begins with"
    assert f"`4.weight`: {said}." in shown(app).replace("\\", "")
    app.switch_page("pages/weights.py").run()
    assert f"The same numbers, **not tied**: {said}." in shown(app).replace("\\", "")


def test_many_groups_are_a_table() -> None:
    recipe = Recipe(CODE, source=Source(ONE_SEED, "build"))
    app = open_app(recipe, "tying", all_equal="true")
    assert_calm(app)
    assert "All 10 groups" in [expander.label for expander in app.expander]
    (table,) = app.dataframe
    assert table.value["tensors"].tolist() == [2] * 10
