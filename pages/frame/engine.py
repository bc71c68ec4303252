"""The one engine of this server, and asking it without leaving a person in the dark."""

import threading

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.engine.pool import Engine, Span
from core.engine.visitor import NOBODY, Visitor
from core.questions.base import Reply_co, Request
from pages.frame import session
from pages.frame.once import Once
from pages.gate import starting, token
from pages.gate.settings import here

_PATIENT_SECONDS = 0.5


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
    """
    span = span or session.span()
    # With its class: requests without fields have equal hashes.
    patience = _Patience(str(abs(hash((span.key, type(request), request)))))
    try:
        return engine().ask(span, request, patience, visitor())
    finally:
        patience.clear()


def visitor() -> Visitor:
    """Who looks at the page that is being drawn."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return NOBODY  # a download that is made without a run of the script
    return Visitor(context.session_id, st.context.ip_address or "")


class _Patience:
    """Shows that something takes long, once it does; any click then interrupts the wait."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._place: DeltaGenerator | None = None
        self._line: DeltaGenerator | None = None

    def __call__(self, seconds: float) -> None:
        if seconds < _PATIENT_SECONDS:
            return
        if self._place is None or self._line is None:
            self._place = st.empty()
            with self._place.container(horizontal=True, vertical_alignment="center"):
                self._line = st.empty()
                st.button("Stop", icon=":material/stop_circle:", on_click=session.stop, key=f"stop_{self._key}")
        starting = "" if session.settled() else " The first start of PyTorch takes a few seconds."
        self._line.caption(f"Computing, {seconds:.0f} s.{starting}")  # also where Streamlit ends an interrupted run

    def clear(self) -> None:
        """Take the message away again."""
        if self._place is not None:
            self._place.empty()
