"""Applying an init function of the operator's own files."""

import streamlit as st

from core import text
from core.questions.model import Overview
from core.recipe.own_files import OwnInit
from core.recipe.steps import FileInit
from pages.views.schemes import place

_GIVEN = {"modules": "every module", "tensors": "every parameter", "net": "the place itself"}
_KEY = "own"


def draw(init: OwnInit, overview: Overview) -> None:
    """Fields for where it runs and with which seed, and what it is."""
    place.root_and_seed(overview, st.columns(2), _KEY)
    st.caption(f"{text.markdown(init.about)} It is given {_GIVEN[init.applies_to]}.")


def read(init: OwnInit, overview: Overview) -> FileInit:
    """The step that the fields stand for now."""
    return FileInit(init.name, init.applies_to, *place.read_root_and_seed(overview, _KEY))
