"""What the server says to the worker of a place, and what it makes of the reply."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ..questions.base import Request
from . import channel
from .channel import Most
from .errors import GARBLED, EngineError, ended, too_large, worker_error
from .fairness.turns import MOST_PAUSED
from .place import Resident
from .residents import Residents

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


@dataclass(frozen=True)
class Terms:
    """Seconds that a worker may take for all that it is told, what is called meanwhile, and its recipe's steps."""

    limit: float
    waiting: channel.Waiting | None
    steps: int


def talk(
    residents: Residents,
    resident: Resident,
    messages: Sequence[Message],
    terms: Terms,
    opened: Callable[[float], None] = lambda _: None,
) -> Reply:
    """Send messages to the worker of a place that the caller holds, a fresh one where there is none.

    Args:
        residents, resident: the place; terms: see there.
        messages: one after another, of which all but the last open what is asked about.
        opened: called once that is open, with the seconds of a processor that it took.

    Returns:
        The reply to the last, which may say what went wrong.

    Raises:
        EngineError: what is asked about cannot be opened, or the work gives way to others.
        DeadlineError: it took too long.
        ChannelError: the worker is gone, and no code is at fault, as far as is known.
    """
    fresh = resident.worker is None
    connection = (resident.worker or residents.launch(resident, terms.waiting)).connection
    deadline = time.monotonic() + terms.limit + MOST_PAUSED  # the limit itself is kept by `at_work`
    reply = Reply({}, ())
    try:
        with residents.at_work(resident, terms.limit, terms.waiting) as wait:
            for message in messages:
                if "request" in message.head and not resident.opened:
                    opened(residents.computed(resident))
                    resident.opened = True
                channel.send(connection, message.head, list(message.arrays), deadline)
                reply = Reply(*channel.receive(connection, deadline, wait, message.most))
                if "error" in reply.head and message is not messages[-1]:
                    raise worker_error(reply.head, terms.steps)
    except channel.TooLargeError as error:
        raise EngineError(too_large(error, runs_code=residents.runs_code)) from error
    except channel.ChannelError as error:
        if residents.runs_code and fresh and (how := residents.ending(resident)) is not None:
            raise EngineError(ended(how) if isinstance(error, channel.ClosedError) else GARBLED) from error
        raise
    return reply
