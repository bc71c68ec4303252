"""In the sidebar: what keeps code from a browser from doing harm on this server."""

import streamlit as st

from core import text
from pages.frame.engine import UNKNOWN_OPENER, engine, lacks_token


def draw() -> None:
    """One line, with what was tried; a warning where code runs unjailed."""
    isolation = engine().isolation()
    checks = f"{isolation.passed:d}/{isolation.total:d}"
    tried = "\n".join(
        f"- {'refused' if refused else '**allowed**'}: {text.markdown(name)}"
        for name, refused in isolation.probes.items()
    )
    sentence = text.markdown(text.sentence(isolation.sentence), 500)
    match isolation.mode:
        case "isolated":
            st.caption(f":material/shield: Isolation: on ({checks})", help=f"{sentence}\n\n{tried}")
        case "local" if lacks_token():
            st.caption(":material/key: Custom code: with this server's token only", help=UNKNOWN_OPENER)
        case "local":
            st.warning(sentence, icon=":material/gpp_maybe:")
        case "off":
            st.caption(f":material/block: Custom code: off. {sentence}")
