"""What the server says to the worker of a place, and what it makes of the reply."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ..questions.base import Request
from . import channel
from .channel import Most
from .errors import GARBLED, EngineError, ended, too_large, worker_error
from .residents import Resident, Residents

#: A parsed head takes twenty times as much memory as its text.
SHORT = Most(head=2**20, arrays=0)


@dataclass(frozen=True)
class Message:
    """A head, its arrays, and how much the reply may hold."""

    head: dict[str, Any]
    arrays: Sequence[NDArray[Any]] = ()
    most: Most = SHORT


def question(request: Request[Any], most: Most) -> Message:
    """A request about what is open."""
    fields, _ = channel.pack(request)
    return Message({"request": type(request).__name__, "fields": fields}, most=most)


@dataclass(frozen=True)
class Reply:
    """What a worker answered."""

    head: dict[str, Any]
    arrays: Sequence[NDArray[Any]]


def talk(
    residents: Residents,
    resident: Resident,
    messages: Sequence[Message],
    limit: float,
    waiting: channel.Waiting | None,
    steps: int,
) -> Reply:
    """Send messages to the worker of a place that the caller holds, a fresh one where there is none.

    Args:
        residents, resident: the place.
        messages: one after another; steps: how many steps their recipe has.
        limit: seconds for all of them; waiting: as for `Engine.ask`.

    Returns:
        The reply to the last, which may say what went wrong.

    Raises:
        EngineError: the reply to one before it says what went wrong.
        ChannelError: the worker is gone, and no code is at fault, as far as is known.
    """
    fresh = resident.worker is None
    connection = (resident.worker or residents.launch(resident, waiting)).connection
    if residents.runs_code:
        waiting = _giving_way(residents, resident, waiting)
    deadline = time.monotonic() + limit
    reply = Reply({}, ())
    try:
        for message in messages:
            channel.send(connection, message.head, list(message.arrays), deadline)
            reply = Reply(*channel.receive(connection, deadline, waiting, message.most))
            if "error" in reply.head and message is not messages[-1]:
                raise worker_error(reply.head, steps)
    except channel.TooLargeError as error:
        raise EngineError(too_large(error, runs_code=residents.runs_code)) from error
    except channel.ChannelError as error:
        if residents.runs_code and fresh and (how := residents.ending(resident)) is not None:
            raise EngineError(ended(how) if isinstance(error, channel.ClosedError) else GARBLED) from error
        raise
    return reply


def _giving_way(residents: Residents, resident: Resident, waiting: channel.Waiting | None) -> channel.Waiting:
    """`waiting` for somebody's code, which must not keep others from theirs."""
    started = time.monotonic()

    def wait(seconds: float) -> None:
        residents.give_way(resident, time.monotonic() - started)
        if waiting:
            waiting(seconds)

    return wait
