"""What can be wrong with a request, for the person who asked; what a worker says of it is not to be trusted."""

import signal
from typing import Any

from .. import text
from ..recipe.steps import MAX_CODE
from .processes.orders import OUT_OF_MEMORY

_LONGEST, _PRINTED = 1000, 21_000


GARBLED = "what came back from the code's process is no answer: code may not write to the files it finds open"
MISSHAPEN = "what the process left that ran the code has not the form it should"
OVERDUE = "the code was stopped since others wait for their turn, not for a fault of its own; run it again in a while"


class EngineError(Exception):
    """A request that has no answer; its text is one sentence for the person who asked.

    Attributes:
        line: of a person's code, where that is at fault; printed: what the code printed before it failed.
    """

    line: int | None = None
    printed: str = ""


class CrowdedError(EngineError):
    """There is no place to compute it just now: nothing is wrong with what was asked, and asking again is right."""


class LostError(EngineError):
    """The processes that compute could not be had, or went away: as far as is known, not by what was asked."""


class StoppedError(EngineError):
    """Code that was stopped once, by a limit or for others: it does not run again until it is asked to."""


class StepFailedError(EngineError):
    """A step of the recipe cannot be carried out; `index` counts from 0."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"step {index + 1} cannot be carried out: {reason}")
        self.index = index
        self.reason = reason


def worker_error(head: dict[str, Any], steps: int) -> EngineError:
    """What a worker says went wrong with a recipe of so many steps; whatever it says, this is an EngineError."""
    said, index, line, printed = (head.get(name) for name in ("error", "step", "line", "printed"))
    reason = text.one_line(said, _LONGEST) if isinstance(said, str) and said.strip() else "no reason was given"
    error = StepFailedError(index, reason) if type(index) is int and 0 <= index < steps else EngineError(reason)
    error.line = line if type(line) is int and 0 < line <= MAX_CODE else None
    error.printed = text.output(printed, _PRINTED) if isinstance(printed, str) else ""
    return error


def stopped_before(seconds: float) -> str:
    """Why code that was stopped at its limit does not run again by itself."""
    return (
        f"this code was stopped after {seconds:g} seconds and does not run again by itself; "
        f"run it again, or look for a loop without an end"
    )


def too_long(seconds: float, *, runs_code: bool) -> str:
    """Why a request was stopped."""
    way_out = "look for a loop without an end" if runs_code else "try fewer training steps or a smaller model"
    what = "the code" if runs_code else "this"
    return f"{what} took longer than {seconds:g} seconds and was stopped; nothing was changed, {way_out}"


def too_large(said: Exception, *, runs_code: bool) -> str:
    """Why an answer was not taken, from what is said of its size."""
    way_out = "make the model smaller or take the step back" if runs_code else "make the model smaller"
    return f"the answer is too large to be shown: {said}; {way_out}"


def ended(code: int) -> str:
    """Why the process that ran a person's code ended without an answer, from its exit code or its signal."""
    if code == 0:
        why = "closed its connection to this server"
    elif code == OUT_OF_MEMORY:
        why = "ran out of memory"
    elif code > 0:
        why = f"ended itself with exit code {code}, as os._exit does"
    elif -code == signal.SIGXCPU:
        why = "had used all the processor time it may take"
    elif -code == signal.SIGKILL:
        why = "was killed, most likely because memory ran out"
    else:
        why = f"crashed ({signal.strsignal(-code) or f'signal {-code}'})"
    return f"the process that ran the code {why}; nothing was changed, correct the code or take its step back"
