"""What of a person's code is carried out while it runs: which instructions of it, what it catches, what it loads.

Python's own tracing tells, which slows a frame down: it ends after so many instructions, and then tells nothing.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from torch import nn

from .errors import reason_of
from .places import Place, is_author

#: First line and column, last line and column.
Span = tuple[int, int, int, int]
#: A loop over every value would take longer than it is worth.
_MOST = 200_000
_LOADING = nn.Module.load_state_dict.__code__
#: Raised by what is gone through, to say that this is its end.
_ENDS = (StopIteration, StopAsyncIteration, GeneratorExit)


@dataclass(frozen=True)
class Caught:
    """An exception that went through a line of the code, and that the code passed over.

    Attributes:
        where: name of the module that the code was called on; tensor: the model's tensor that it was at, "" for none.
    """

    said: str
    place: Place
    where: str
    tensor: str


@dataclass(frozen=True)
class Loaded:
    """A `load_state_dict` of the code's: into which module, which keys it had that fit nothing, what it lacked."""

    module: nn.Module
    place: Place | None
    keys: int
    unfit: tuple[str, ...]
    lacking: tuple[str, ...]


@dataclass
class CarriedOut:
    """What of the code was carried out so far.

    Attributes:
        complete: whether all of it was followed, so that what is not among it was not carried out.
        caught: exceptions, the latest last; loaded: calls of `load_state_dict`.
    """

    complete: bool = True
    caught: list[Caught] = field(default_factory=list)
    loaded: list[Loaded] = field(default_factory=list)
    _at: dict[str, set[tuple[CodeType, int]]] = field(default_factory=dict)
    _positions: dict[CodeType, list[tuple[int | None, ...]]] = field(default_factory=dict)
    _followed: int = 0

    @contextmanager
    def following(self, where: str, tensor_at: Callable[[Any], str]) -> Iterator[None]:
        """Within it, what the code does at that module is followed, unless somebody traces this process already."""
        if sys.gettrace() is not None:
            self.complete = False
        if not self.complete:
            yield
            return
        ours = self._tracer(where, tensor_at)
        sys.settrace(ours)
        try:
            yield
        finally:
            if sys.gettrace() is ours:
                sys.settrace(None)
            elif self._followed <= _MOST:
                self.complete = False  # the code set a tracer of its own

    def spans(self, file: str, owner: str | None = None) -> set[Span]:
        """What was carried out of a file.

        Args:
            owner: name of a module: only what was carried out at it, or at one that it lies in.
        """
        return {
            span
            for where, at in self._at.items()
            if owner is None or not where or where == owner or owner.startswith(f"{where}.")
            for code, instruction in at
            if code.co_filename == file and (span := self._span(code, instruction)) is not None
        }

    def _span(self, code: CodeType, instruction: int) -> Span | None:
        if code not in self._positions:
            self._positions[code] = list(code.co_positions())
        line, end, begin, stop = self._positions[code][instruction // 2]
        if line is None or end is None or begin is None or stop is None:
            return None
        return line, begin, end, stop

    def _tracer(self, where: str, tensor_at: Callable[[Any], str]) -> Callable[[FrameType, str, Any], Any]:
        seen = self._at.setdefault(where, set())

        def in_frame(frame: FrameType, event: str, told: Any) -> Any:
            if event == "opcode":
                seen.add((frame.f_code, frame.f_lasti))
                self._followed += 1
                if self._followed > _MOST:
                    self.complete = False
                    sys.settrace(None)
                    return None
            elif event == "exception" and not isinstance(told[1], _ENDS) and isinstance(told[1], BaseException):
                place = Place(frame.f_code, frame.f_lasti, frame.f_lineno)
                tensor = tensor_at(told[2]).partition(" ")[0]
                self.caught.append(Caught(reason_of(told[1]), place, where, tensor))
            return in_frame

        def loading(frame: FrameType, event: str, told: Any) -> Any:
            if event == "return" and told is not None:
                self._note(frame, told)
            return loading

        def called(frame: FrameType, _event: str, _told: Any) -> Any:
            if frame.f_code is _LOADING:
                frame.f_trace_lines = False
                return loading
            if not is_author(frame.f_code.co_filename):
                return None
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
            return in_frame

        return called

    def _note(self, frame: FrameType, told: Any) -> None:
        by = frame.f_back
        while by is not None and not is_author(by.f_code.co_filename):
            by = by.f_back
        names = frame.f_locals
        self.loaded.append(
            Loaded(
                names["self"],
                Place(by.f_code, by.f_lasti, by.f_lineno) if by else None,
                len(names["state_dict"]),
                tuple(map(str, told.unexpected_keys)),
                tuple(map(str, told.missing_keys)),
            )
        )
