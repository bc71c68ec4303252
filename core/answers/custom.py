"""Answers about code that a person wrote: it is read here, and run only as a step of a recipe."""

from collections.abc import Callable
from typing import Any

from core.answers.base import Moments
from core.code.operator_files import found
from core.code.reading import read, read_source
from core.questions.code import GetOwnFiles, GetReading, GetSourceReading, Reading, SourceReading
from core.recipe.own_files import OwnFiles
from core.recipe.script import model_source


def _reading(request: GetReading, moments: Moments) -> Reading:
    return read(request.code, model_source(moments.recipe))


def _source_reading(request: GetSourceReading, _moments: Moments) -> SourceReading:
    return read_source(request.code)


def _own_files(_request: GetOwnFiles, _moments: Moments) -> OwnFiles:
    return found()


#: Request → the function that answers it.
ANSWERS: dict[type, Callable[..., Any]] = {
    GetReading: _reading,
    GetSourceReading: _source_reading,
    GetOwnFiles: _own_files,
}
