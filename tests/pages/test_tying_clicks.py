"""The Tying page's buttons do what the fields hold at the click, and its choices are in the address."""

import pytest
from streamlit.testing.v1 import AppTest

from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Step, Tie, Train, Untie
from pages.frame.session import opening
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown

_SHARED = Recipe("shared_mlp")


def tying(recipe: Recipe = _SHARED, **query: str) -> AppTest:
    return open_app(recipe, "tying", **query)


def press(app: AppTest, key: str) -> Step | None:
    """What the button appended."""
    before = session_recipe(app).steps
    app.button(key=key).click().run()
    assert not app.exception
    after = session_recipe(app).steps
    return after[-1] if len(after) > len(before) else None


def test_a_poke_goes_where_the_fields_say_at_the_click() -> None:
    app = tying()
    app.text_input(key="poke_0").set_value("3")
    app.text_input(key="poke_1").set_value("5")
    app.text_input(key="poke_value").set_value("−1,5")
    assert press(app, "poke") == Edit("2.weight", "w[3, 5] = -1.5")
    app.selectbox(key="through").set_value("4.weight")
    app.text_input(key="poke_value").set_value("1e-3")
    assert press(app, "poke") == Edit("4.weight", "w[3, 5] = 0.001")


@pytest.mark.parametrize("value", ["", "one", "1e39"])
def test_a_poke_with_what_is_no_number_is_a_sentence_and_no_step(value: str) -> None:
    app = tying()
    app.text_input(key="poke_value").set_value(value)
    assert press(app, "poke") is None
    assert "; type " in app.error[0].value.replace("\\", "")
    assert app.warning[0].value == app.error[0].value


def test_training_is_kept_as_the_fields_say_at_the_click_each_time_from_a_seed_of_its_own() -> None:
    app = tying(tying_view="Training", train_steps="2")
    app.segmented_control(key="twins_optimizer").set_value("adam")
    app.text_input(key="train_steps").set_value("3")
    assert press(app, "train") == Train(3, 0.01, 1, "adam")
    app.text_input(key="train_rate").set_value("0,05")
    assert press(app, "train") == Train(3, 0.05, 2, "adam")
    app.segmented_control(key="twins_optimizer").set_value("sgd")
    assert press(app, "train") == Train(3, 0.05, 3, "sgd")


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "1e4", "fast"])
def test_what_is_no_learning_rate_is_a_sentence_and_no_training(rate: str) -> None:
    app = tying(tying_view="Training", train_steps="2")
    app.text_input(key="train_rate").set_value(rate)
    assert press(app, "train") is None
    assert "; type one such as" in app.error[0].value.replace("\\", "")


def test_tying_and_untying_take_what_was_just_chosen() -> None:
    app = tying(Recipe("shared_mlp").then(Untie("4")))
    app.selectbox(key="keep_Tensors").set_value("2.bias").run()
    app.selectbox(key="replace_Tensors").set_value("4.bias")
    assert press(app, "tie") == Tie("2.bias", "4.bias")
    app.segmented_control(key="tie_kind").set_value("Modules").run()
    assert press(app, "tie") == Tie("2", "4")
    app = tying(Recipe("gpt").then(Tie("blocks.0.ln_1.weight", "blocks.1.ln_1.weight")))
    app.selectbox(key="tied").set_value("blocks.0.ln_1.weight")
    assert press(app, "untie") == Untie("blocks.1.ln_1.weight")


def test_places_that_do_not_fit_each_other_any_more_are_refused_by_a_sentence() -> None:
    app = tying(Recipe("shared_mlp").then(Untie("4")))
    app.selectbox(key="keep_Tensors").set_value("2.weight")  # and the field beside it shows a bias still
    assert press(app, "tie") is None
    assert app.error[0].value
    assert_calm(app.run())


def test_what_is_chosen_is_in_the_address() -> None:
    app = tying(tying_view="Shared", tied="2.bias = 4.bias  (8,)", through="4.bias", poke_0="3", poke_value="7")
    assert press(app, "poke") == Edit("4.bias", "w[3] = 7")
    app = tying(tying_view="Training", twins_optimizer="Adam", train_steps="4", train_rate="0.2")
    assert press(app, "train") == Train(4, 0.2, 1, "adam")


@pytest.mark.parametrize("wrong", ["", "no such", "999999999999999999999", "-1", "nan", "<b>", "\ud7ff" * 50])
def test_what_is_wrong_in_the_address_is_not_there(wrong: str) -> None:
    keys = ("tied", "through", "poke_0", "poke_1", "twins_optimizer", "train_steps", "tie_kind", "keep_Tensors")
    for view in ("Shared", "Training", "Survival", wrong):
        given = dict.fromkeys((*keys, "survival_groups", "survival_operation", "gradient_of", "all_shared"), wrong)
        app = tying(opening("shared_mlp"), **given, tying_view=view)
        assert_calm(app)
        assert session_recipe(app) == opening("shared_mlp")


def test_a_name_with_strange_letters_is_no_key_of_a_widget() -> None:
    code = "net[4] = nn.Linear(8, 8)\nnet.add_module('ä&=?', net[2])"
    app = tying(Recipe("shared_mlp").then(Custom(code, applies_to="statements")))
    assert not [key for key in app.session_state._state.filtered_state if "ä" in key]
    assert press(app, "poke") == Edit("2.weight", "w[0, 0] = 1")


def test_an_earlier_moment_is_said() -> None:
    recipe = _SHARED.then(Edit("0.bias", "w = 1")).then(Edit("0.bias", "w = 2"))
    assert "looks at **step 1** of 2" in shown(tying(recipe, after="1"))
    assert "The sidebar looks at" not in shown(tying(recipe))
