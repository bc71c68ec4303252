"""Running a person's init code on a model, and what came of it."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import torch
from torch import nn

from core.custom.calls import Calls
from core.custom.errors import INIT_FILE, CodeError, line_in, reason_of
from core.custom.fates import Snapshot, fates
from core.measurements import Run
from core.steps import Custom
from core.text import plain
from core.walk import find_module

_PRINTED = 20_000


def namespace(**more: Any) -> dict[str, Any]:
    """The names that code finds, as after the imports at the top of a script."""
    import math

    from torch.nn import functional

    return {"__name__": "__main__", "torch": torch, "nn": nn, "F": functional, "math": math, **more}


def run(step: Custom, model: nn.Module) -> Run:
    """Run the code on the part of `model` that the step names, from `torch.manual_seed(step.seed)`.

    Raises:
        CodeError: the code raised, or changed the model's shapes; says which module or tensor it was at.
        ValueError: there is no module of that name.
    """
    place = find_module(model, step.root)
    before = Snapshot.of(model)
    printed = Printed()
    calls = Calls(model, step.root, place)
    started = time.perf_counter()
    torch.manual_seed(step.seed)
    with printed.capturing(), _telling(calls, printed):
        names = namespace(net=model)
        with calls.watching():
            exec(compile(step.code, INIT_FILE, "exec"), names)  # noqa: S102 (the one place; in a jail where one is to be had)
        if step.function:
            _call(names[step.function], step, place, calls)
    seconds = time.perf_counter() - started
    found = fates(model, before, calls, printed.text)
    return Run(printed.text, seconds, calls.count, found)


def _call(function: Callable[[Any], Any], step: Custom, place: nn.Module, calls: Calls) -> None:
    match step.applies_to:
        case "modules":
            place.apply(calls.watched(function))
        case "tensors":
            watched = calls.watched(function)
            with torch.no_grad():
                for parameter in place.parameters():
                    watched(parameter)
        case "net":
            calls.watched(function)(place)


@contextmanager
def _telling(calls: Calls, printed: "Printed") -> Iterator[None]:
    """Whatever the code raises becomes a CodeError that says where it was."""
    try:
        yield
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: they are the code's, not ours
        at = " of ".join(plain(part) for part in (calls.tensor_at(error.__traceback__), calls.at) if part)
        at = f", at {at}" if at else ""
        line = error.lineno if isinstance(error, SyntaxError) else line_in(INIT_FILE, error.__traceback__)
        raise CodeError(f"{reason_of(error)}{at}; nothing was changed", line, printed.text) from None


class Printed(io.TextIOBase):
    """Standard output of a run, kept up to a bound; what goes beyond is counted."""

    def __init__(self) -> None:
        self._kept = io.StringIO()
        self._left, self._dropped = _PRINTED, 0

    def write(self, text: str) -> int:
        """Keep what still fits."""
        part = text[: self._left]
        self._kept.write(part)
        self._left -= len(part)
        self._dropped += len(text) - len(part)
        return len(text)

    def writable(self) -> bool:
        """As a stream for print must be."""
        return True

    @property
    def text(self) -> str:
        """What was printed, and how much is left out."""
        kept = self._kept.getvalue()
        return f"{kept}\n… {self._dropped:,} more characters" if self._dropped else kept

    @contextmanager
    def capturing(self) -> Iterator[None]:
        """Within it, print and warnings write here."""
        with redirect_stdout(self), redirect_stderr(self):
            yield
