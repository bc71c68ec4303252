"""The list of the recipe's steps in Streamlit's test harness, which has no browser to click in it."""

import json
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest


def rows(app: AppTest) -> list[dict[str, str]]:
    """The name of each step in the list, and its line."""
    given: list[dict[str, str]] = json.loads(_list(app).json)["rows"]
    return given


def remove_step(app: AppTest, index: int) -> AppTest:
    """Click on what removes that step."""
    return report_removal(app, {"name": rows(app)[index]["name"]})


def report_removal(app: AppTest, wish: object) -> AppTest:
    """Let the browser say that."""
    states = app._tree.get_widget_states()
    events = f"$$STREAMLIT_INTERNAL_KEY_{_list(app).id}__events"
    said = json.dumps([{"event": "remove", "value": wish}])
    states.widgets.append(WidgetState(id=events, json_trigger_value=said))
    return app._run(states)


def _list(app: AppTest) -> Any:
    protos = [element.proto for element in app.get("bidi_component")]
    [found] = [proto for proto in protos if proto.component_name == "paramscope_recipe_steps"]
    return found
