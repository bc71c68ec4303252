"""The Initialize page: what its fields take, from a person and from an address."""

from core.recipe.steps import Initialize, Pattern, Subtree
from tests.pages.test_pages import assert_calm, drawing, open_app, session_recipe, shown


def test_fields_that_an_address_fills_make_the_step() -> None:
    app = open_app(
        page="initialize", scheme="Normal · normal_", place="Name pattern", pattern="0.*", option_normal_std="0,02"
    )
    assert_calm(app)
    app.button(key="apply").click().run()
    assert_calm(app)
    step = Initialize("normal", Pattern("0.*"), (("std", 0.02),), seed=2)
    assert session_recipe(app).steps[-1] == step


def test_an_address_that_names_what_is_not_there_falls_back() -> None:
    app = open_app(page="initialize", scheme="none", root="<b>", type="Nope", place="x", one_tensor="q")
    assert_calm(app)
    app.button(key="apply").click().run()
    assert_calm(app)
    assert session_recipe(app).steps[-1] == Initialize("xavier_uniform", Subtree("", "Linear", "weight"), seed=2)


def test_a_field_that_an_address_fills_with_no_number_is_refused_in_a_sentence() -> None:
    app = open_app(page="initialize", scheme="Normal · normal_", option_normal_std="`zz`")
    before = session_recipe(app)
    assert "is not a number; type one such as" in app.warning[0].value
    app.button(key="apply").click().run()
    assert not app.exception
    assert "is not a number; type one such as" in app.error[0].value
    assert session_recipe(app) == before


def test_before_the_step_the_tensors_are_shown_as_they_are_and_after_it_what_it_did() -> None:
    app = open_app(page="initialize")
    assert "Now, before this step" in shown(app)
    assert [panel["title"] for panel in drawing(app)["panels"]] == ["now"]
    assert [bars["name"] for bars in drawing(app)["histogram"]["bars"]] == ["now"]
    app.button(key="apply").click().run()
    assert "What step 2 did" in shown(app)
    assert [panel["title"] for panel in drawing(app)["panels"]] == ["before", "after"]
    app.text_input(key="option_xavier_uniform_gain").set_value("5/3").run()
    assert "Now, before this step" in shown(app)
