"""The address is the session: what it says is what is shown, and what a stranger wrote into it does no harm."""

from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from pages.frame.session import opening
from tests.pages.test_pages import assert_calm, open_app

_RECIPE = Recipe("shared_mlp").then(Edit("0.bias", "w = 1"))


def address_of(app: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[-1] for name, value in app.query_params.items()}


def share_box(app: AppTest) -> str:
    [found] = [code.value for code in app.code if code.value.startswith("http")]
    return found


def test_an_opened_tensor_with_its_window_a_row_and_the_tensor_of_tying_are_shown_again() -> None:
    app = open_app(_RECIPE)
    app.button(key="open_weights_0.weight").click().run()
    app.text_input(key="window_Last row").set_value("2").run()
    app.switch_page("pages/tying.py").run()
    app.switch_page("pages/modules.py").run()
    app.session_state["tree"] = {"selected": "0.bias"}
    app.run()
    address = address_of(app)
    assert {"opened": "0.weight", "window": "0,3,0,4", "row": "0.bias"}.items() <= address.items()

    del address["recipe"]
    again = open_app(_RECIPE, **address)
    assert again.button(key="back")
    assert again.session_state["window"] == [0, 3, 0, 4]
    again.switch_page("pages/modules.py").run()
    assert again.session_state["selected"] == "0.bias"
    assert address_of(again) == address_of(app)


def test_what_is_as_it_is_at_first_is_left_out() -> None:
    assert set(address_of(open_app(_RECIPE))) == {"recipe"}


_NAMES = ("before", "after", "opened", "window", "row", "shared")
_STRANGE = ("", "-1", "²", "99999", "1e9", "0,1,2", "3,1,0,2", f"0,{'9' * 20},0,1", "no.such", "x" * 9_000)


@pytest.mark.parametrize("value", _STRANGE)
def test_a_strange_value_falls_back(value: str) -> None:
    app = open_app(_RECIPE, **dict.fromkeys(_NAMES, value))
    assert_calm(app)
    for page in ("modules", "tying"):
        app.switch_page(f"pages/{page}.py").run()
        assert_calm(app)


_AXES = {"rows_16x6x5x5": "in (6)", "columns_16x6x5x5_[1]": "out (16)", "cut_16x6x5x5_3": "2"}


def test_a_picture_of_four_axes_is_cut_as_the_address_says() -> None:
    app = open_app(opening("lenet"), opened="3.weight", **_AXES)
    assert_calm(app)
    assert app.multiselect(key="rows_16x6x5x5").value == [1]
    assert app.multiselect(key="columns_16x6x5x5_[1]").value == [0]
    assert app.slider(key="cut_16x6x5x5_3").value == 2
    assert address_of(app).items() >= _AXES.items()


@pytest.mark.parametrize("value", _STRANGE)
def test_axes_that_a_stranger_wrote_fall_back(value: str) -> None:
    app = open_app(opening("lenet"), opened="3.weight", **dict.fromkeys(_AXES, value))
    assert_calm(app)


def test_a_value_of_any_length_is_kept_nowhere_when_it_is_longer_than_a_name() -> None:
    app = open_app(_RECIPE, opened="x" * 9_000)
    assert "opened" not in app.session_state


def test_an_address_is_read_once_and_never_changes_a_session() -> None:
    app = open_app(_RECIPE)
    app.query_params["opened"] = "0.weight"
    app.query_params["before"] = "1"
    app.run()
    assert "opened" not in app.session_state
    assert app.session_state["before"] == 0


def test_the_share_box_is_the_address_with_its_page_and_the_fields_on_it() -> None:
    app = open_app(_RECIPE).switch_page("pages/tying.py").run()
    app.segmented_control(key="tying_view").set_value("Survival").run()
    shared = urlsplit(share_box(app))
    assert shared.path == "/tying"
    assert {name: values[-1] for name, values in parse_qs(shared.query).items()} == address_of(app)


def test_a_name_that_no_address_can_hold_is_left_out() -> None:
    app = open_app(_RECIPE)
    app.session_state["opened"] = "\ud800"
    assert_calm(app.run())
    assert "opened" not in address_of(app)
