"""A component's HTML, CSS and JavaScript, each joined from the files that `parts.json` lists.

Streamlit takes a component's script as one text, so its files see each other's functions without an import. The
JavaScript tests and the linter in `tests/javascript` join by the same list.
"""

import json
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_FOLDER = Path(__file__).parents[1] / "components"
_PARTS: dict[str, dict[str, list[str]]] = json.loads((_FOLDER / "parts.json").read_text("utf-8"))


def joined(name: str, kind: Literal["html", "css", "js"]) -> str:
    """The text of one kind that a component consists of."""
    return "\n".join((_FOLDER / file).read_text("utf-8") for file in _PARTS[name][kind])


def component(name: str) -> ComponentRenderer:
    """The component of that name, registered with Streamlit; call once, when its module is imported."""
    html, css, js = (joined(name, kind) for kind in ("html", "css", "js"))
    return st.components.v2.component(f"paramscope_{name}", html=html, css=css, js=js)
