"""The Edit page: what its button does is what the fields hold at the click, and the numbers are of the moment said."""

import pytest
from streamlit.testing.v1 import AppTest

from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Step, Train
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown

_MLP = Recipe("mlp")


def edit_page(recipe: Recipe = _MLP, **query: str) -> AppTest:
    return open_app(recipe, "edit", **query)


def press(app: AppTest) -> tuple[Step, ...]:
    app.button(key="apply_edit").click().run()
    return session_recipe(app).steps


def test_apply_takes_the_formula_that_was_just_typed() -> None:
    app = edit_page()
    app.text_input(key="formula").set_value("w[0, 0] = 501")
    assert press(app) == (Edit("0.weight", "w[0, 0] = 501"),)
    app.text_input(key="formula").set_value("w[0, 0] = 502")
    assert press(app)[-1] == Edit("0.weight", "w[0, 0] = 502")


def test_apply_writes_into_the_tensor_that_was_just_chosen() -> None:
    app = edit_page()
    app.selectbox(key="edited").set_value("2.bias")
    app.text_input(key="formula").set_value("w += 1")
    assert press(app) == (Edit("2.bias", "w += 1"),)
    assert "What the last edit, step 1, did" in shown(app)


def test_apply_takes_the_example_that_was_just_chosen_and_the_next_text_stays() -> None:
    app = edit_page()
    app.pills(key="example").set_value("w += 1")
    assert press(app) == (Edit("0.weight", "w += 1"),)
    assert app.text_input(key="formula").value == "w += 1"
    app.text_input(key="formula").set_value("w = 0")
    assert press(app)[-1] == Edit("0.weight", "w = 0")


def test_what_is_no_formula_is_a_sentence_and_no_step_also_where_it_was_just_typed() -> None:
    app = edit_page()
    app.text_input(key="formula").set_value("w.fill_(1)")
    assert press(app) == ()
    assert "is not part of a formula" in app.error[0].value
    assert not app.exception
    app.text_input(key="formula").set_value("w = 3")
    assert press(app) == (Edit("0.weight", "w = 3"),)


def test_an_earlier_moment_is_said_and_left_by_one_click() -> None:
    recipe = _MLP.then(Edit("0.bias", "w = 1")).then(Edit("0.bias", "w = 2"))
    app = edit_page(recipe, after="1", edited="0.bias (8,)")
    assert "looks at **step 1** of 2" in shown(app)
    assert "everything on this page is of **step 2, the end**" in shown(app)
    assert "Its values after step 2" in shown(app)
    assert "mean 1 → **2**" in shown(app)
    app.button(key="look_at_end").click().run()
    assert_calm(app)
    assert app.session_state.after is None
    assert "The sidebar looks at" not in shown(app)
    assert "The sidebar looks at **the build**" in shown(edit_page(recipe, after="0"))


def test_an_edit_is_appended_at_the_end_whatever_moment_is_looked_at() -> None:
    recipe = _MLP.then(Train(1)).then(Train(2))
    app = edit_page(recipe, after="1")
    assert press(app) == (*recipe.steps, Edit("0.weight", "w[0, 0] = 42"))
    assert app.session_state.after is None


def test_tensor_and_formula_are_in_the_address() -> None:
    app = open_app(_MLP, edited="2.weight (1, 8)", formula="w = 5")
    app.switch_page("pages/edit.py").run()
    assert press(app) == (Edit("2.weight", "w = 5"),)


@pytest.mark.parametrize("edited", ["no such tensor", "", "0.weight", "<script>"])
def test_a_tensor_in_the_address_that_is_none_is_the_first_one(edited: str) -> None:
    app = edit_page(edited=edited, formula="w = (")
    assert_calm(app)
    assert app.selectbox(key="edited").value == "0.weight"
    assert "cannot be read as a formula" in app.warning[0].value
