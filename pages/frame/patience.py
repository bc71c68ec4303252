"""What a page shows while it waits for an answer, and how it can be interrupted."""

import threading
import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.frame import sending, session

_PATIENT_SECONDS, _LOOK_SECONDS = 0.5, 0.1
_run = threading.local()  # each run of the script has a thread of its own


def reserve() -> None:
    """Keep a place for what is said while a page waits, here: one that only some runs have moves all that follows.

    A field that moves is made anew in the browser, and Streamlit then writes it into the address no more.
    """
    _run.place = st.empty()


class Patience:
    """Shows that something takes long, once it does; any click then interrupts the wait.

    Args:
        key: no other wait on the page has it.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._started = time.monotonic()
        self._place: DeltaGenerator | None = None
        self._line: DeltaGenerator | None = None
        self._again: DeltaGenerator | None = None

    def __call__(self, _seconds: float) -> None:
        """Told about every 50 ms while a worker computes."""
        sending.now()
        settled = session.settled()  # looking at the state ends a run that another one is to follow
        if self.seconds >= _PATIENT_SECONDS:
            starting = "" if settled else " The first start of PyTorch takes a few seconds."
            self._sentence().caption(f"Computing, {self.seconds:.0f} s.{starting}")  # may end an interrupted run

    @property
    def seconds(self) -> float:
        """Since the question was asked."""
        return time.monotonic() - self._started

    def pause(self, seconds: float) -> None:
        """Wait for so long before a place is asked for again."""
        sending.now()
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._sentence().caption(
                f"Waiting for a place, {self.seconds:.0f} s. Many models are being computed; nothing is lost."
            )
            if self._again is not None:
                self._again.button("Try again", icon=":material/refresh:", key=f"retry_{self._key}")
                self._again = None
            time.sleep(min(left, _LOOK_SECONDS))

    def _sentence(self) -> DeltaGenerator:
        """Where the sentence stands, with Stop beside it."""
        if self._place is None or self._line is None:
            self._place = getattr(_run, "place", None) or st.empty()
            with self._place.container(horizontal=True, vertical_alignment="center"):
                self._line, self._again = st.empty(), st.empty()
                st.button("Stop", icon=":material/stop_circle:", on_click=session.stop, key=f"stop_{self._key}")
        return self._line

    def clear(self) -> None:
        """Take the message away again."""
        if self._place is not None:
            self._place.empty()
