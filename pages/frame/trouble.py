"""What becomes of the recipe when there is no answer about it, and what the page shows in place of one."""

from enum import Enum

import streamlit as st

from core import text
from core.engine.errors import CrowdedError, EngineError, LostError, StepFailedError, StoppedError
from pages.frame import session, shown_code
from pages.frame.engine import PostponedError, engine


class Then(Enum):
    """What becomes of the recipe."""

    KEPT = "it stays as it is, with its history and its link"
    GIVEN_UP = "the change that was proposed is given up, and redo tries it again"
    TAKEN_BACK = "the change that was proposed is taken back, since its step cannot be carried out"
    SHORTENED = "the steps before the one that cannot be carried out stay"


def then(error: EngineError, *, proposed: bool) -> Then:
    """What an error means for the recipe: only an error of a step itself takes a step out of one that came or worked.

    Args:
        error: why there is no answer.
        proposed: whether the recipe is a change of one that worked, tried for the first time.
    """
    match error:
        case StepFailedError():
            return Then.TAKEN_BACK if proposed else Then.SHORTENED
        case CrowdedError() | LostError() | StoppedError():
            return Then.KEPT  # nothing is known to be wrong with the change either
    return Then.GIVEN_UP if proposed else Then.KEPT


def meet(error: EngineError) -> None:
    """Do with the session's recipe what `then` says, and say why."""
    sentence = text.sentence(str(error))
    outcome = then(error, proposed=session.is_proposed())
    if outcome is Then.KEPT:
        session.hold(sentence)
        return
    session.complain(sentence)
    if outcome is Then.SHORTENED and isinstance(error, StepFailedError):
        session.keep_before(error.index)
    else:
        session.give_up_change(again=outcome is Then.GIVEN_UP)


def draw_held(sentence: str) -> None:
    """The recipe is not asked about again by itself: why, and the button that asks."""
    st.error(text.markdown(sentence, 1000), icon=":material/error:")
    st.button("Try again", icon=":material/refresh:", key="try_again", type="primary", on_click=_try_again)
    shown_code.draw(session.current())


def _try_again() -> None:
    session.release()
    engine().again(session.span())


def redo() -> None:
    """As `session.redo`; a change that was given up since it took too long runs again, for that was asked for."""
    session.redo()
    engine().again(session.end_span())


def draw_postponed(postponed: PostponedError, key: str = "postponed") -> None:
    """There is no answer now: why, that nothing is lost, and the button that asks again."""
    sentence = text.markdown(text.sentence(str(postponed)), 1000)
    if isinstance(postponed.error, StoppedError):
        st.info(sentence, icon=":material/stop_circle:")
        st.button(
            "Run it again",
            icon=":material/play_arrow:",
            key=f"{key}_again",
            type="primary",
            on_click=engine().again,
            args=(postponed.span,),
        )
        shown_code.draw(postponed.span.recipe)
        return
    st.info(f"{sentence} Nothing is lost: recipe and link are as they were.", icon=":material/hourglass_empty:")
    st.button("Try again", icon=":material/refresh:", key=f"{key}_retry", type="primary")
