"""A recipe that is too long for a link goes into a file, and a file is opened as a link is: checked, and undoable."""

import json
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from core.recipe import link
from core.recipe.recipe import MAX_JSON, Recipe
from core.recipe.steps import Custom, Edit
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown

_DASHBOARD = Path(__file__).parents[2] / "dashboard.py"
_SHORT = Recipe("mlp").then(Edit("0.weight", "w = 2"))
#: Digits of a hash do not compress.
_DIGITS = [f"# {sha512(str(at).encode()).hexdigest()}" for at in range(300)]
_LONG = Recipe("mlp", steps=tuple(
    Custom("\n".join((*_DIGITS[at : at + 100], "def mine(m):", "    pass", "")), "mine") for at in (0, 100, 200)
))  # fmt: skip


def choose_file(app: AppTest, text: object) -> AppTest:
    """Let the browser say that a file of that text was chosen."""
    protos: list[Any] = [element.proto for element in app.get("bidi_component")]
    [field] = [proto for proto in protos if proto.component_name == "paramscope_recipe_file"]
    states = app._tree.get_widget_states()
    said = json.dumps([{"event": "opened", "value": {"text": text}}])
    states.widgets.append(WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{field.id}__events", json_trigger_value=said))
    return app._run(states)


def test_a_file_is_opened_and_can_be_undone() -> None:
    app = open_app(_SHORT)
    other = Recipe("lenet").then(Edit("0.bias", "w = 3"))
    assert_calm(choose_file(app, other.to_json()))
    assert session_recipe(app) == other
    app.button(key="undo").click().run()
    assert session_recipe(app) == _SHORT


@pytest.mark.parametrize("text", ["", "[]", "{", "x" * (MAX_JSON + 1), '{"model": "resnet"}'])
def test_a_file_that_is_no_recipe_is_refused_in_one_sentence(text: str) -> None:
    app = choose_file(open_app(_SHORT), text)
    assert not app.exception
    assert session_recipe(app) == _SHORT
    assert "The file could not be opened" in "\n".join(element.value for element in (*app.error, *app.warning))


def test_what_is_no_text_is_left_aside() -> None:
    assert session_recipe(choose_file(open_app(_SHORT), 3)) == _SHORT


def test_a_recipe_too_long_for_a_link_is_offered_as_a_file_which_opens_it() -> None:
    app = open_app(_SHORT)
    assert link.encode_short(_LONG) is None
    choose_file(app, _LONG.to_json())
    assert session_recipe(app) == _LONG
    assert "Run this code" in [button.label for button in app.button]  # nobody has read it yet
    app.button(key="run_foreign").click().run()
    assert_calm(app)
    assert "This recipe is too long for an address" in shown(app)
    assert not [code for code in app.code if code.value.startswith("http")]
    assert app.query_params["recipe"] in (link.IN_A_FILE, [link.IN_A_FILE])


def test_the_address_of_such_a_recipe_says_to_open_its_file() -> None:
    app = AppTest.from_file(str(_DASHBOARD), default_timeout=60)
    app.query_params["recipe"] = link.IN_A_FILE
    app.run()
    said = "\n".join(element.value for element in (*app.error, *app.warning, *app.info))
    assert "too long for a link, so the address does not hold it; open its file instead" in said
