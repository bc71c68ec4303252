"""Answers about code that a person wrote: it is read here, and run only as a step of a recipe."""

from ..code.operator_files import own_files
from ..code.reading import read, read_source
from ..questions.code import GetOwnFiles, GetReading, GetSourceReading, Reading, SourceReading
from ..recipe.own_files import OwnFiles
from ..recipe.script import model_source
from .base import Moments, answers


@answers(GetReading)
def _reading(request: GetReading, moments: Moments) -> Reading:
    return read(request.code, model_source(moments.recipe))


@answers(GetSourceReading)
def _source_reading(request: GetSourceReading, _moments: Moments) -> SourceReading:
    return read_source(request.code)


@answers(GetOwnFiles)
def _own_files(_request: GetOwnFiles, _moments: Moments) -> OwnFiles:
    return own_files()
