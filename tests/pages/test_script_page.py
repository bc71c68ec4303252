"""The Script page: the whole session as Python, and beforehand what of it no script can repeat."""

from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import Custom, Edit
from tests.pages.test_pages import assert_calm, open_app, shown

CLOCK = "import time\n\n\ndef my_init_(w):\n    w.fill_(time.time() % 1)"


def test_shows_the_script_and_says_nothing_where_it_gives_the_bytes() -> None:
    recipe = Recipe("mlp", steps=(Edit("0.bias", "w += 1"),))
    app = open_app(recipe, "script")
    assert_calm(app)
    assert [code.value for code in app.code if "net = mlp()" in code.value] == [to_script(recipe).strip()]
    assert "no two runs" not in shown(app)


def test_says_which_line_no_script_can_repeat() -> None:
    app = open_app(Recipe("mlp", steps=(Edit("0.bias", "w += 1"), Custom(CLOCK, "my_init_", "tensors"))), "script")
    assert_calm(app)
    assert "Line 5 of the code of step 2: `time.time` reads the clock, so that no two runs" in shown(app)
