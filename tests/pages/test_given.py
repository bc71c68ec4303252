"""What an init is given: said where it runs, and chosen where the guess is not meant."""

from core.code.templates import INITS
from core.recipe.steps import Custom
from core.replaying.replay import replay
from tests.pages.test_code_page import run
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown

OF_A_NET = "def init(everything):\n    for p in everything.parameters():\n        nn.init.constant_(p, 3.0)\n"


def test_the_guess_is_said_below_the_run() -> None:
    app = run(open_app(page="custom"), INITS[0].code)
    assert "`my_init` was given every module" in shown(app)


def test_what_is_chosen_is_what_the_step_holds() -> None:
    app = open_app(page="custom")
    app.session_state["code_given"] = "net"
    run(app, OF_A_NET)
    assert_calm(app)
    step = session_recipe(app).steps[-1]
    assert isinstance(step, Custom)
    assert step.applies_to == "net"
    assert "`init` was given the net" in shown(app)
    assert all(bool((p == 3).all()) for p in replay(session_recipe(app)).parameters())


def test_what_a_function_cannot_be_given_is_refused_in_a_sentence() -> None:
    app = open_app(page="custom")
    before = session_recipe(app)
    app.session_state["code_given"] = "module,name"
    run(app, OF_A_NET)
    assert_calm(app)
    assert session_recipe(app) == before
    said = app.session_state["init_code:failure"]["sentence"]
    assert "init(everything) cannot be given every module and its name" in said
