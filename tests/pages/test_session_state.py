"""Session state: one file names its keys, and it holds text and numbers only, whatever a person did."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from pages.frame.session import opening
from tests.pages.test_code_page import model_view, run
from tests.pages.test_pages import assert_calm, open_app

_ROOT = Path(__file__).parents[2]


def records(value: object, where: str = "") -> list[str]:
    """What in a value is neither text nor a number, nor a list or dict of such, with its place."""
    if value is None or isinstance(value, str | bool | int | float):
        return []
    if isinstance(value, list | tuple):
        return [found for index, part in enumerate(value) for found in records(part, f"{where}[{index}]")]
    if isinstance(value, Mapping):
        return [found for key, part in value.items() for found in records(part, f"{where}[{key!r}]")]
    return [f"{where} is {type(value)}"]


def assert_plain(app: AppTest) -> None:
    state: Mapping[str, Any] = app.session_state._state.filtered_state
    assert "recipe" in state
    assert not records(state)


def test_no_other_file_names_a_key_of_session_state() -> None:
    allowed = _ROOT / "pages" / "frame" / "state.py"
    sources = [_ROOT / "dashboard.py", *(_ROOT / "pages").rglob("*.py")]
    assert allowed in sources
    assert not [str(path) for path in sources if path != allowed and "session_state" in path.read_text()]


def test_a_walk_over_all_pages_leaves_text_and_numbers_only() -> None:
    app = open_app(opening("shared_mlp"))
    for path in sorted((_ROOT / "pages").glob("*.py")):
        app.switch_page(f"pages/{path.name}").run()
        assert_calm(app)
        assert_plain(app)


def test_code_that_ran_and_code_that_failed_leave_text_and_numbers_only() -> None:
    app = run(open_app(page="custom"), "def f(m):\n    print('so far')\n    1 / 0")
    assert app.session_state["init_code:failure"]["line"] == 3
    assert_plain(app)
    assert_plain(run(app, "nn.init.zeros_(net[0].weight)"))
    assert_plain(run(model_view(app), "def build():\n    return 1 / 0", "model_code"))
    assert app.session_state["model_code:failure"] is not None
    assert_plain(run(app, "def build():\n    return nn.Linear(2, 3)", "model_code"))


def test_an_edit_and_every_view_of_the_schemes_and_of_tying_leave_text_and_numbers_only() -> None:
    app = open_app(Recipe("shared_mlp").then(Edit("0.bias", "w = 1")), "edit")
    app.button(key="apply_edit").click().run()
    assert_plain(app)
    for page, key in (("schemes", "schemes_view"), ("tying", "tying_view")):
        app.switch_page(f"pages/{page}.py").run()
        for view in app.segmented_control(key=key).options:
            app.segmented_control(key=key).set_value(view).run()
            assert_calm(app)
            assert_plain(app)


def test_a_tensor_looked_at_large_and_a_selected_row_leave_text_and_numbers_only() -> None:
    app = open_app(opening("lenet"))
    app.button(key="open_weights_0.weight").click().run()
    app.text_input(key="window_Last row").set_value("2").run()
    assert_calm(app)
    assert app.session_state["window"] == [0, 3, 0, 5]
    assert_plain(app)
    app.switch_page("pages/modules.py").run()
    app.session_state["tree"] = {"selected": "0.weight"}
    assert_plain(app.run())
