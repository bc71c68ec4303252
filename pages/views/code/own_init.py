"""Applying an init function of the operator's own files."""

import streamlit as st

from core import text
from core.questions.model import Overview
from core.recipe.own_files import OwnInit
from core.recipe.steps import FileInit
from pages.views.code import given
from pages.views.schemes import place

_KEY = "own"


def draw(init: OwnInit, overview: Overview) -> None:
    """Fields for where it runs, with which seed and what it is given, and what it is."""
    *where, way = st.columns(3)
    place.root_and_seed(overview, where, _KEY)
    given.choose(way, _KEY, init.choices, init.applies_to)
    st.caption(text.markdown(init.about))


def read(init: OwnInit, overview: Overview) -> FileInit:
    """The step that the fields stand for now."""
    way = given.read(_KEY, init.called, init.choices, init.applies_to)
    return FileInit(init.name, way, *place.read_root_and_seed(overview, _KEY))
