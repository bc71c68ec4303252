"""A component whose script is built ahead from packages, and which a browser fetches as a file, once.

The scripts of other components come with the page's messages; one of 400 kB would come again at each change of what it
shows. Streamlit serves the files of components that an installed package's manifest names. Ours is named here, since a
checkout is no installed package. The script's name tells its content: `pages/gate` lets browsers keep it for good.
"""

import threading
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

from pages.frame.joined import joined

_FOLDER = Path(__file__).parent
_PACKAGE = "paramscope"
_naming = threading.Lock()


def built_component(name: str) -> ComponentRenderer:
    """The component of that name, whose script lies in its folder `built`; call within a run of the script."""
    with _naming:  # a manifest that is read again forgets, for a moment, what was registered
        manager = get_bidi_component_manager()
        if manager.get_component_asset_root(f"{_PACKAGE}.{name}") is None:
            files = ComponentConfig(name, asset_dir=f"{name}/built")
            manager.register_from_manifest(ComponentManifest(_PACKAGE, "0", [files]), _FOLDER)
        return _registered(name)


@cache
def _registered(name: str) -> ComponentRenderer:
    html, css = joined(name, "html"), joined(name, "css")
    return st.components.v2.component(f"{_PACKAGE}.{name}", html=html, css=css, js="*-*.js")
