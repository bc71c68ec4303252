"""The Script page: the whole session as Python, and beforehand what of it no script can repeat."""

from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import Custom, Edit, Source
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


def test_says_which_tensor_was_never_written_so_that_no_script_can_repeat_it() -> None:
    code = """
def build():
    net = nn.Linear(4, 3)
    net.scale = nn.Parameter(torch.empty(64, 50))
    net.parts = nn.Parameter(torch.empty(6, 5))
    with torch.no_grad():
        net.parts[:4].zero_()
        net.parts[4:].normal_()
    return net
"""
    app = open_app(Recipe("code", source=Source(code, "build")), "script")
    assert_calm(app)
    assert "`scale` was never written, memory as it was found, so that no two runs" in shown(app)
    assert "`parts`" not in shown(app)
    assert any("# scale: never written, memory as it was found" in code.value for code in app.code)
