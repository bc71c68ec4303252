"""The server's log stays readable whatever a browser sends: of what repeats, one line a minute says how often."""

import logging
import threading
import time

#: Who speaks of what browsers send, and with whom the loggers of their parts begin.
_SPEAKERS = ("streamlit", "uvicorn", "websockets", "starlette", "asyncio", "tornado", "paramscope")
_SECONDS = 60.0


class Repeats(logging.Filter):
    """Lets through the first of each kind in a minute, whole; the next one then says how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, int], tuple[float, int]] = {}  # where in the source: since when, how many left out

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written; below a warning, all are, and what its speaker says only once."""
        if record.levelno < logging.WARNING or getattr(record, "said_once", False):
            return True
        kind, now = (record.pathname, record.lineno), time.monotonic()
        with self._lock:
            since, left_out = self._kinds.get(kind, (-_SECONDS, 0))
            if now < since + _SECONDS:
                self._kinds[kind] = since, left_out + 1
                return False
            self._kinds[kind] = now, 0
        if left_out:
            record.msg = f"{record.getMessage()} (and {left_out:,} more of these before)"
            record.args, record.exc_info, record.exc_text = (), None, None  # the first one had its traceback
        return True


_repeats = Repeats()


def bound() -> None:
    """From now on, what these speakers repeat is counted; safe to call again, for loggers that are there since."""
    for name, logger in tuple(logging.Logger.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.startswith(_SPEAKERS):
            logger.addFilter(_repeats)  # once, however often it is added
