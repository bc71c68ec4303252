"""What a browser may say over the WebSocket: what the dashboard's pages send, at the pace of a person."""

import asyncio
import time

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it has no stubs
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.runtime_util import get_max_widget_state_size_bytes

#: Run the script, stop it, still here. Not: clear the caches that all sessions share, ask for the state of the
#: repository, change settings, upload.
_WANTED = ("rerun_script", "stop_script", "app_heartbeat")
#: Of the requests that do without a run of the script: a download whose content is made when it is clicked.
_OPERATIONS = ("deferred_file",)
#: How often one tab is heard: a slider that is dragged sends five times a second.
_PER_SECOND, _AT_ONCE = 10.0, 60.0

#: Codes with which a WebSocket is closed: not of the agreed form, not of a size that is read.
PROTOCOL, TOO_BIG = 1002, 1009


def fault(data: bytes | None) -> int | None:
    """With which code to end a connection that sends this; None where it may go on."""
    if data is None:
        return PROTOCOL  # text, where all that is sent is binary
    if len(data) > get_max_widget_state_size_bytes():
        return TOO_BIG
    return None


def is_wanted(data: bytes) -> bool | None:
    """Whether a page of ours sends such a message; None where it is no message at all."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return None
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    return kind in _WANTED


class Pace:
    """Reads no faster than people click; what waits, waits in the sender's own machine."""

    def __init__(self, per_second: float = _PER_SECOND, at_once: float = _AT_ONCE) -> None:
        self._per_second, self._at_once = per_second, at_once
        self._tokens, self._last = at_once, time.monotonic()

    async def keep(self) -> None:
        """Wait until one more message may be read."""
        now = time.monotonic()
        self._tokens = min(self._at_once, self._tokens + (now - self._last) * self._per_second) - 1
        self._last = now
        if self._tokens < 0:
            await asyncio.sleep(-self._tokens / self._per_second)
