"""When what a run of the script draws goes to the browser: what comes together is drawn together.

Each message that comes alone has the browser draw the whole page anew, and pictures that come with many fields wait for
them. By `benchmarks/apply_click.py` the pictures after a click came 1.13 times as late with each message sent at once,
and 1.4 times as late without the head start; a fragment runs within the same run and gives no head start.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx

#: For longer nothing is kept back.
_TOGETHER_SECONDS = 0.15
_HEAD_START_SECONDS = 0.08
_run = threading.local()  # each run of the script has a thread of its own


@contextmanager
def together() -> Iterator[None]:
    """Keep back what is drawn within, for a moment: until `now`, `head_start` or the end."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        yield
        return
    send = context._enqueue  # noqa: SLF001  # Streamlit has no public way
    held: list[ForwardMsg] = []
    until = time.monotonic() + _TOGETHER_SECONDS

    def keep(message: ForwardMsg) -> None:
        held.append(message)
        if time.monotonic() > until:
            release()

    def release() -> None:
        context._enqueue = send  # noqa: SLF001  # as above
        while held:
            send(held.pop(0))  # may end the run, as everything that is sent may

    context._enqueue, _run.release, _run.had_head_start = keep, release, False  # noqa: SLF001  # as above
    try:
        yield
    finally:
        del _run.release
        release()


def now() -> None:
    """Send what was kept back, and from here on everything at once: what follows takes long."""
    getattr(_run, "release", _nothing)()


def head_start() -> None:
    """Where the pictures are drawn and many fields follow: the pictures get to the browser before the fields do."""
    now()
    if not getattr(_run, "had_head_start", False):
        _run.had_head_start = True
        time.sleep(_HEAD_START_SECONDS)


def _nothing() -> None:
    """Where no run keeps anything back."""
