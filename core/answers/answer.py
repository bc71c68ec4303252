"""How each question is answered from two models; measures them and changes neither."""

from typing import Any

from ..module.seeding import seeded
from ..questions.base import Request
from . import code, equal, experiments, model, sharing, story, tensor, theory
from .base import ANSWERS, ElsewhereError, Moments

#: The topics, imported so that each of their functions has entered itself as an answer.
TOPICS = (code, model, tensor, theory, sharing, equal, experiments, story)


def answer(request: Request[Any], moments: Moments) -> Any:
    """The record that answers `request`; its type is `request.reply`.

    Raises:
        ValueError: a name does not exist, or there is nothing to measure; one sentence.
        ElsewhereError: another process has to answer.
    """
    if request.runs_model and moments.runs_elsewhere:
        raise ElsewhereError
    with seeded():  # a model runs code of its own wherever it is copied, printed or called
        return ANSWERS[type(request)](request, moments)
