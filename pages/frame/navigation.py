"""The frame around every page: navigation on top, the model and its recipe at the side, one place for complaints."""

import gc
import logging
import threading
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from core import text
from core.engine.errors import EngineError
from core.questions.model import GetOverview, Overview
from pages.frame import foreign_code, look, own_files, patience, sending, session, shown_code, sidebar, trouble
from pages.frame.engine import PostponedError, ask, engine, leaves_others
from pages.frame.once import Once

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
_ATTEMPTS = 3
_ICON = Path(__file__).with_name("icon.svg")  # a named Material icon would be fetched from the internet
#: Said where code from a browser has its worker answer what no honest one does, unseen by the checks on answers.
_UNDRAWABLE = (
    "What the process of this code says of its model cannot be drawn: correct the code, or take its step back."
)
_LOG = logging.getLogger(__name__)
_within = threading.local()


@sending.together()
def run() -> None:
    """Draw the frame, and the chosen page within it."""
    st.set_page_config("Paramscope", _ICON, layout="wide", initial_sidebar_state="auto")
    look.draw()
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
    _FROZEN.get()
    own_files.announce()
    try:
        own_files.content()
    except PostponedError as postponed:
        trouble.draw_postponed(postponed)
        return
    session.start()
    if foreign_code.is_unread():
        _complain()
        foreign_code.draw()
    else:
        _draw(page)
    session.share()


def _draw(page: Page) -> None:
    """The page, where the recipe has an answer, and the sidebar."""
    patience.reserve()
    overview = _settled_overview()
    _complain()
    if overview is not None:
        warned = _warn_of_change()
        _run(page)
        if not warned and engine().other(session.span()) is not None:
            st.rerun()  # found out by a question of this very page
    sending.head_start()
    try:
        sidebar.draw(overview, page.url_path)  # after the page, whose pictures a person waits for
    except PostponedError as postponed:
        trouble.draw_postponed(postponed, "sidebar")


def _warn_of_change() -> bool:
    """Say it where code was seen to leave this and that of what is looked at; whether it was said."""
    number = engine().other(session.span())
    if number is not None:
        st.warning(text.markdown(text.sentence(leaves_others(number)), 500), icon=":material/shuffle:")
    return number is not None


def _run(page: Page) -> None:
    _within.frame = True
    try:
        page.run()
    except EngineError as error:
        st.error(text.markdown(str(error)), icon=":material/error:")
    except PostponedError as postponed:
        trouble.draw_postponed(postponed)
    except Exception:
        if not session.current().runs_code:
            raise  # nobody lied: the mistake is ours
        _LOG.exception("a page on a model that runs code from a browser cannot be drawn")
        st.error(_UNDRAWABLE, icon=":material/error:")
    finally:
        _within.frame = False


def ensure() -> None:
    """Called first by every page: draws the frame around a page that Streamlit runs without it.

    With a folder named `pages`, the first visitor after a start who opens a deep link gets the bare page.
    """
    if not getattr(_within, "frame", False):
        run()
        st.stop()


def _settled_overview() -> Overview | None:
    """The model as the recipe describes it; None where there is no answer, and then the page says what to do."""
    for _ in range(_ATTEMPTS):
        if session.held() is not None:
            break
        try:
            overview = ask(GetOverview(), session.changed_span())
        except PostponedError as postponed:
            trouble.draw_postponed(postponed)
            return None
        except EngineError as error:
            trouble.meet(error)
        else:
            session.settle()
            return overview
    trouble.draw_held(session.held() or session.complaint() or "")
    return None


def _complain() -> None:
    place = st.empty()  # also where there is none: what would move on the page loses the focus
    message = session.complaint()
    if message:
        place.error(text.markdown(message, longest=1000), icon=":material/error:")
    if (recipe := session.failed()) is not None and recipe.runs_code:
        with st.container(border=True):
            shown_code.draw(recipe)


def _freeze() -> None:
    """Spare every later garbage collection the modules imported so far: Streamlit collects after each run."""
    gc.collect()
    gc.freeze()


_FROZEN = Once(_freeze)
