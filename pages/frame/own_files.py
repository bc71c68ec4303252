"""The operator's own files: made known to this server, and watched for changes on disk."""

import os
import sys
from functools import cache

import streamlit as st

from core import text
from core.code import command_line
from core.engine.span import Span
from core.questions.code import GetOwnFiles
from core.recipe import catalog
from core.recipe.own_files import OwnFiles
from core.recipe.recipe import Recipe
from pages.frame.engine import ask, engine

_ANY = Span(Recipe("mlp"), 0, 0)  # every worker holds the same files


@cache
def _command_line() -> tuple[tuple[command_line.NamedFile, ...], str]:
    """The files that this server was started with, or the sentence on why its command line is not understood."""
    try:
        return command_line.parse(sys.argv[1:]), ""
    except ValueError as error:
        return (), f"The command line is not understood: {error}"


def announce() -> None:
    """Tell the processes that import torch which files to import; call before the engine is first used."""
    os.environ.update(command_line.to_environment(_command_line()[0]))


def content() -> OwnFiles:
    """What the files hold; their models are in the catalog afterwards."""
    if not _command_line()[0]:
        return OwnFiles()
    files = ask(GetOwnFiles(), _ANY)
    catalog.register(files.models, files.checkpoints)
    return files


def draw() -> None:
    """In the sidebar: what could not be imported, and a button once a file changed."""
    given, complaint = _command_line()
    files = content()
    for sentence in (*([complaint] if complaint else []), *files.complaints, *files.undone):
        st.warning(text.markdown(sentence, 500), icon=":material/error:")
    if given and command_line.version(given, files.neighbors) != files.version:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Your files changed on disk.", width="stretch")
            st.button("Reload", icon=":material/refresh:", key="reload_files", on_click=_reload, type="primary")


def _reload() -> None:
    engine().reload()
