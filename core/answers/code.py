"""Answers about code that a person wrote: it is read here, and run only as a step of a recipe."""

from collections.abc import Callable, Iterator
from functools import partial

from ..code.operator_files import declared, own_files
from ..code.reading import read, read_source
from ..module.walk import named_tensors
from ..questions.code import GetMisfits, GetOwnFiles, GetReading, GetSourceReading, Misfit, Reading, SourceReading
from ..recipe import catalog, expects
from ..recipe.expectations import Expectations
from ..recipe.own_files import OwnFiles
from ..recipe.script import model_source
from ..recipe.steps import Custom, FileInit
from ..theory.misfits import misfits, shape_of
from .base import Moments, answers

_MOST_MISFITS = 50


@answers(GetReading)
def _reading(request: GetReading, moments: Moments) -> Reading:
    return read(request.code, model_source(moments.recipe))


@answers(GetSourceReading)
def _source_reading(request: GetSourceReading, _moments: Moments) -> SourceReading:
    return read_source(request.code)


@answers(GetOwnFiles)
def _own_files(_request: GetOwnFiles, _moments: Moments) -> OwnFiles:
    return own_files()


@answers(GetMisfits)
def _misfits(_request: GetMisfits, moments: Moments) -> tuple[Misfit, ...]:
    entries = [(entry.name, shape_of(entry)) for entry in named_tensors(moments.after)]
    found: list[Misfit] = []
    for step, root, read_declaration in _declaring(moments):
        inside = [entry for entry in entries if not root or entry[0].startswith(f"{root}.")]
        try:
            expectations = read_declaration()
            said = misfits(expectations, inside) if expectations else []
        except ValueError as error:
            said = [str(error)]
        found.extend(Misfit(step, sentence) for sentence in said)
    return tuple(found[:_MOST_MISFITS])


def _declaring(moments: Moments) -> Iterator[tuple[int | None, str, Callable[[], Expectations | None]]]:
    """Whatever code of the recipe may declare: index of its step, its place, and how to read what it declares."""
    recipe = moments.recipe
    if (source := recipe.source) is not None:
        yield None, "", lambda: expects.find(source.code, source.entry)
    elif catalog.is_own(recipe.model):
        yield None, "", lambda: declared(recipe.model, moments.after)
    for index, step in enumerate(recipe.steps[: len(moments.outcomes)]):
        match step:
            case Custom():
                yield index, step.root, partial(expects.find, step.code, step.function)
            case FileInit():
                yield index, step.root, partial(declared, step.function)
