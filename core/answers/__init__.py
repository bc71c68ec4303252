"""How each request of `core.questions.registry` is answered from two models; measures them and changes neither."""

from collections.abc import Callable
from typing import Any

from core.answers import custom, model, theory, tying
from core.answers.base import Moments
from core.questions.base import Request

__all__ = ["Moments", "answer"]

_ANSWERS: dict[type, Callable[..., Any]] = {**model.ANSWERS, **custom.ANSWERS, **theory.ANSWERS, **tying.ANSWERS}


def answer(request: Request[Any], moments: Moments) -> Any:
    """The record that answers `request`; its type is `request.reply`.

    Raises:
        ValueError: a name does not exist, or there is nothing to measure; one sentence.
    """
    return _ANSWERS[type(request)](request, moments)
