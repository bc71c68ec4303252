"""The one engine of this server, and asking it without leaving a person in the dark."""

import threading
import time
from collections.abc import Callable

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.engine.errors import CrowdedError, EngineError, LostError, StoppedError
from core.engine.pool import Engine
from core.engine.span import Span
from core.engine.visitor import NOBODY, Visitor
from core.questions.base import Reply_co, Request
from pages.frame import consent, session
from pages.frame.once import Once
from pages.frame.patience import Patience
from pages.gate import starting, token
from pages.gate.settings import here

#: Seconds between tries where there is no place; the last one again and again, until all of them took so long.
_PAUSES, _PLACE_SECONDS = (0.5, 1.0, 2.0, 4.0), 120.0
#: Why code does not run in a session that holds no token, where it would run without a jail.
UNKNOWN_OPENER = (
    "Here code runs without isolation, so only for who started the server: open the address with the token that "
    "Paramscope printed in its terminal; everything else works without."
)


def leaves_others(number: int) -> str:
    """What is to be said of a recipe whose code leaves something else each time that it runs."""
    what = f"the code of step {number:d}" if number else "the model's code"
    return (
        f"{what} left other values than when it ran before, so that what pages and files show of it differs: it may "
        "look at a clock, draw from a generator of its own without a seed, or leave memory unfilled"
    )


class PostponedError(Exception):
    """There is no answer now, though nothing is wrong with what was asked: the recipe stays, and the frame says so.

    No EngineError, so that no page takes it for one about its question.

    Attributes:
        span: what was asked about; error: why there is no answer.
    """

    def __init__(self, span: Span, error: CrowdedError | LostError | StoppedError) -> None:
        super().__init__(str(error))
        self.span = span
        self.error = error


def engine() -> Engine:
    """The engine, started by the first visitor and ended with the server."""
    return _ENGINE.get()


def close() -> None:
    """End the engine's processes, if it was started."""
    if (started := _ENGINE.made()) is not None:
        started.close()


def _start() -> Engine:
    started = Engine(loopback=here().only_this_machine)
    token.needed_when(lambda: started.isolation().mode == "local")
    threading.Thread(target=_tell, args=(started,), name="paramscope-token", daemon=True).start()
    return started


def _tell(started: Engine) -> None:
    """Say in the terminal what takes a token, where the jail's self-test found only now that it is needed."""
    if started.isolation().mode == "local":
        starting.announce_token()


#: Held here and in no cache of Streamlit's, which a message of two bytes from any browser clears.
_ENGINE = Once(_start)


def ask(request: Request[Reply_co], span: Span | None = None) -> Reply_co:
    """The answer about `span`, by default the session's own; after half a second the page says so and offers to stop.

    Raises:
        EngineError: there is none, in one sentence.
        PostponedError: there is none now.
    """
    span = span or session.span()
    _permit(span, request)
    # With its class: requests without fields have equal hashes.
    patience = Patience(str(abs(hash((span.key, type(request), request)))))
    try:
        return _patiently(request, span, patience)
    except (CrowdedError, LostError, StoppedError) as error:
        raise PostponedError(span, error) from error
    finally:
        patience.clear()


def answer_later(request: Request[Reply_co], span: Span) -> Callable[[], Reply_co]:
    """What gets an answer where no session can be read, as for a download; what may run is decided now.

    Where there is no place, it waits no longer than the engine does: a download is clicked again.

    Raises:
        EngineError: it may not run.
    """
    _permit(span, request)
    who = visitor()

    def answer() -> Reply_co:
        found = engine().ask(span, request, None, who)
        if (number := engine().other(Span(span.recipe, span.after, span.after))) is not None:
            raise EngineError(leaves_others(number))
        return found

    return answer


def _patiently(request: Request[Reply_co], span: Span, patience: Patience) -> Reply_co:
    """The answer; where there is no place it is asked for again after a pause, a longer one each time."""
    until = time.monotonic() + _PLACE_SECONDS
    pauses = iter(_PAUSES)
    while True:
        try:
            return engine().ask(span, request, patience, visitor())
        except CrowdedError:
            if time.monotonic() > until:
                raise
        patience.pause(next(pauses, _PAUSES[-1]))


def may_run_code() -> bool:
    """Whether code from a browser may run in this session at all, once it was agreed to."""
    return engine().isolation().mode != "off" and not lacks_token()


def lacks_token() -> bool:
    """Whether code would run here without a jail, and nothing shows that whoever started the server is asking."""
    return engine().isolation().mode == "local" and not token.holds_token()


def _permit(span: Span, request: Request[Reply_co]) -> None:
    """The one place that every question passes: raises where a visitor's code would run that may not."""
    if span.recipe.runs_code or request.reads_code:
        consent.check(span.recipe, request)
        if lacks_token():
            raise EngineError(UNKNOWN_OPENER)


def visitor() -> Visitor:
    """Who looks at the page that is being drawn."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return NOBODY  # a download that is made without a run of the script
    return Visitor(context.session_id, st.context.ip_address or "")
