"""What a worker answered, read: a record that answers the question, or a sentence."""

from typing import Any, TypeVar

from numpy.typing import NDArray

from ..questions.base import Request
from . import channel
from .errors import EngineError

Reply = TypeVar("Reply")


def read(request: Request[Reply], value: Any, arrays: list[NDArray[Any]], moment: int) -> Reply:
    """The answer to `request` about a model after `moment` steps.

    Raises:
        EngineError: a part of it has another type, another shape or another length than an honest answer's.
    """
    try:
        answer: Reply = channel.unpack(request.reply, value, arrays)
        request.check(answer, moment)
    except ValueError as error:
        raise EngineError(f"the answer to {type(request).__name__} has not the form it should") from error
    return answer
