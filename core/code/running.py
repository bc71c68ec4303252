"""Running a person's init code on a model, and what came of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from ..module.seeding import seed_streams
from ..module.walk import find_module
from ..questions.code import Run
from ..questions.model import Outcome
from ..recipe.expectations import WORDS
from ..recipe.steps import Custom, FileInit
from ..recipe.undeclared import without_declarations
from ..text import plain
from .calling import call, ready
from .calls import InitCalls
from .errors import INIT_FILE, CodeError, line_in, reason_of
from .fates import MOST_FATES, TOUCHED, Ran, fates
from .forbidding import check_allowed
from .habits import habits, habits_of
from .importing import where_raised
from .operator_files import MissingError, init_function
from .output import CapturedOutput
from .snapshot import Snapshot
from .unregistered import plain_tensors


def namespace(**more: Any) -> dict[str, Any]:
    """The names that code finds, as after the imports at the top of a script."""
    import math

    from torch.nn import functional

    return {"__name__": "__main__", "torch": torch, "nn": nn, "F": functional, "math": math, **WORDS, **more}


def run(step: Custom | FileInit, model: nn.Module, copied: nn.Module | None = None) -> Outcome:
    """Run the code or the file's function on the place that the step names, with the step's seed.

    Args:
        step: what to run.
        model: on what.
        copied: a copy of the model as it is, if there is one; the code never sees it.

    Raises:
        CodeError: the code raised, or changed the model's shapes; says which module or tensor it was at.
        ValueError: there is no module of that name.
    """
    place = find_module(model, step.root)
    before = Snapshot.of(model, copied)
    printed = CapturedOutput()
    own = {INIT_FILE: step.code} if isinstance(step, Custom) else {}
    calls, tensors = InitCalls(model, step.root, place, own), plain_tensors(model)
    started = time.perf_counter()
    seed_streams(step.seed)
    with printed.capturing(), _telling(calls, printed, step):
        function = _function(step) if isinstance(step, FileInit) else _defined(step, model, calls)
        if function is not None:
            call(ready(function), step, model, place, calls)
    seconds = time.perf_counter() - started
    told = habits(step.code, step.function) if isinstance(step, Custom) else habits_of(_function(step))
    found = fates(Ran(model, place, before, calls, told, tensors, printed.text))
    touched = tuple((fate.name, fate.times) for fate in found if fate.times and fate.kind in TOUCHED)
    return Outcome(touched=touched, run=Run(printed.text, seconds, calls.count, found[:MOST_FATES]))


def _function(step: FileInit) -> Callable[..., Any]:
    return init_function(step.function).function


def _defined(step: Custom, model: nn.Module, calls: InitCalls) -> Callable[..., Any] | None:
    """What the code defines to be called; None where its statements were all of it, and have been carried out."""
    check_allowed()
    names = namespace(net=model)
    with calls.watching():
        exec(compile(without_declarations(step.code), INIT_FILE, "exec"), names)  # noqa: S102 (in a jail where one is to be had)
    return names[step.function.removesuffix("()")] if step.function else None


@contextmanager
def _telling(calls: InitCalls, printed: CapturedOutput, step: Custom | FileInit) -> Iterator[None]:
    """Whatever the code raises becomes a CodeError that says where it was."""
    try:
        yield
    except MissingError:
        raise
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: they are the code's, not ours
        at = " of ".join(plain(part) for part in (calls.tensor_at(error.__traceback__), calls.at) if part)
        reason = f"{reason_of(error)}{f', at {at}' if at else ''}; nothing was changed"
        if isinstance(step, FileInit):
            raise CodeError(f"{where_raised(error)}{reason}", None, printed.text) from None
        line = error.lineno if isinstance(error, SyntaxError) else line_in(INIT_FILE, error.__traceback__)
        raise CodeError(reason, line, printed.text) from None
