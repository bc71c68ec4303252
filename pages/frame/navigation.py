"""The frame around every page: navigation on top, the model and its recipe at the side, one place for complaints."""

import gc
import threading
import time
from pathlib import Path

import streamlit as st

from core import text
from core.engine.errors import EngineError, StepFailedError
from core.questions.model import GetOverview, Overview
from pages.frame import log, own_files, session, sidebar
from pages.frame.engine import ask

_PAGES = (
    ("weights", "Weights", ":material/grid_on:", "Every parameter before and after"),
    ("modules", "Modules", ":material/account_tree:", "Where every parameter lives and how to reach it"),
    ("initialize", "Initialize", ":material/casino:", "Draw a scheme of torch.nn.init"),
    ("schemes", "Schemes", ":material/compare:", "Initializations side by side, and which one a tensor is"),
    ("custom", "Code", ":material/code_blocks:", "Init code and models of your own"),
    ("edit", "Edit", ":material/edit:", "Set values directly"),
    ("tying", "Tying", ":material/link:", "One tensor, several places"),
    ("script", "Script", ":material/description:", "The whole session as Python"),
)
_FIRST_PAGE = "weights"
#: Seconds in which a page's pictures get to the browser before the sidebar's many widgets do: what arrives together
#: is drawn together, and then the pictures wait for the widgets. Without it the pictures after a click came 1.4 times
#: as late, by `benchmarks/apply_click.py`; a fragment runs within the same run and gives no head start.
_HEAD_START = 0.03
_ICON = Path(__file__).with_name("icon.svg")  # a named Material icon would be fetched from the internet
_within = threading.local()


def run() -> None:
    """Draw the frame, and the chosen page within it."""
    log.bound()
    st.set_page_config("Paramscope", _ICON, layout="wide", initial_sidebar_state="expanded")
    pages = [
        st.Page(
            f"pages/{name}.py",
            title=title,
            icon=icon,
            help=hint,
            url_path="home" if name == _FIRST_PAGE else name,
            default=name == _FIRST_PAGE,
        )
        for name, title, icon, hint in _PAGES
    ]
    # The first page's address is "/"; under its own name it would not be found without this.
    alias = st.Page(f"pages/{_FIRST_PAGE}.py", url_path=_FIRST_PAGE, title="Weights", visibility="hidden")
    page = st.navigation([*pages, alias], position="top")
    st.logo(Path(__file__).with_name("logo.svg"), size="large")
    _freeze_once()
    own_files.announce()
    own_files.content()
    session.start()
    overview = _settled_overview()
    _complain()
    _within.frame = True
    try:
        page.run()
    except EngineError as error:
        st.error(text.markdown(str(error)), icon=":material/error:")
    finally:
        _within.frame = False
    time.sleep(_HEAD_START)
    sidebar.draw(overview)  # after the page, whose pictures a person waits for
    session.share()


def ensure() -> None:
    """Called first by every page: draws the frame around a page that Streamlit runs without it.

    With a folder named `pages`, the first visitor after a start who opens a deep link gets the bare page.
    """
    if not getattr(_within, "frame", False):
        run()
        st.stop()


def _settled_overview() -> Overview:
    """The model as the recipe describes it; a recipe that fails is taken back, and the page says why."""
    for _ in range(3):
        try:
            overview = ask(GetOverview())
        except StepFailedError as error:
            went_back = session.take_back(str(error), error.index)
        except EngineError as error:
            went_back = session.take_back(str(error))
        else:
            session.settle()
            return overview
        if not went_back:
            break
    _complain()
    return st.stop()


def _complain() -> None:
    message = session.complaint()
    if message:
        st.error(text.markdown(message, longest=1000), icon=":material/error:")


@st.cache_resource(show_spinner=False)
def _freeze_once() -> None:
    """Spare every later garbage collection the modules imported so far: Streamlit collects after each run."""
    gc.collect()
    gc.freeze()
