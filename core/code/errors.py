"""What went wrong in a person's code: one sentence, the line, and what was printed until then."""

import errno
import traceback
from types import TracebackType

from ..text import error_message, plain

#: File names that a person's code is compiled under: a traceback is searched for them.
INIT_FILE, MODEL_FILE = "<init code>", "<model code>"

#: What helps where a function works, and not where a page runs it.
JAILED = (
    "pages build models where no file can be opened, no network reached and no process or thread started; "
    "do that where the file is imported, outside of the function"
)
OUTSIDE_INFERENCE = "build the model outside torch.inference_mode()"
#: Words of torch's, and what to do.
_WAYS_OUT = (
    ("Inplace update to inference tensor", OUTSIDE_INFERENCE),
    (
        "view size is not compatible",
        "initialize it before net.to(memory_format=torch.channels_last), which lays its memory out otherwise",
    ),
    ("not implemented for 'BFloat16'", "initialize it in float32, and convert it after that"),
    ("not implemented for 'Half'", "initialize it in float32, and convert it after that"),
    ("not implemented for 'Float8", "initialize it in float32, and convert it after that"),
)


class CodeError(ValueError):
    """A person's code cannot be read or run.

    Attributes:
        line: of the code, counted from 1; None where it is not known.
        printed: what the code printed before it failed.
    """

    def __init__(self, reason: str, line: int | None = None, printed: str = "") -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.line = line
        self.printed = printed


def reason_of(error: BaseException) -> str:
    """An exception as `Type: message`, first line only, with a hint where one is known: its cause, or the way out."""
    said = error_of(error)
    return f"{said} ({hint})" if (hint := _hint(error, error_message(error))) else said


def error_of(error: BaseException) -> str:
    """An exception as `Type: message`, first line only."""
    message = error_message(error)
    name = plain(type(error).__name__, 80)
    return f"{name}: {message}" if message else name


def _hint(error: BaseException, message: str) -> str:
    """What the limits of isolated code have to do with an error, or what else helps."""
    if (isinstance(error, OSError) and error.errno == errno.EPERM) or "can't start new thread" in message:
        return "isolated code can open no file, reach no network and start no process or thread"
    if isinstance(error, MemoryError) or "can't allocate memory" in message:
        return "that is more memory than code may take"
    return way_out(error)


def way_out(error: BaseException) -> str:
    """What helps against an error of torch's whose own words do not say; "" where nothing is known."""
    message = error_message(error)
    return next((cure for words, cure in _WAYS_OUT if words in message), "")


def line_in(file: str, trace: TracebackType | None) -> int | None:
    """The innermost line of `file` on a traceback."""
    lines = [number for frame, number in traceback.walk_tb(trace) if frame.f_code.co_filename == file]
    return lines[-1] if lines else None
