"""In the sidebar: what keeps code from a browser from doing harm on this server."""

import streamlit as st

from core import text
from pages.frame.engine import engine


def draw() -> None:
    """One line, with what was tried; a warning where code runs unjailed."""
    found = engine().isolation()
    checks = f"{found.passed}/{found.total}"
    tried = "\n".join(f"- {'refused' if refused else '**allowed**'}: {name}" for name, refused in found.probes.items())
    sentence = text.markdown(text.sentence(found.sentence), 500)
    match found.mode:
        case "isolated":
            st.caption(f":material/shield: Isolation: on ({checks})", help=f"{sentence}\n\n{tried}")
        case "local":
            st.warning(sentence, icon=":material/gpp_maybe:")
        case "off":
            st.caption(f":material/block: Custom code: off. {sentence}")
