"""Which line of a person's code makes an operation, and through what of torch: read off Python's stack."""

import itertools
import linecache
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Literal, NamedTuple

import torch
from torch import nn

from ..text import plain
from .errors import INIT_FILE

_FileKind = Literal["torch", "init", "wrapper", "boundary", "ours", "library", "author"]
_TORCH = str(Path(torch.__file__).parent)
_INIT = str(Path(_TORCH) / "nn" / "init.py")
_OURS = str(Path(__file__).parents[1])
#: Whoever calls a person's code is in one of these: beyond lies nothing that it wrote.
_BOUNDARY = frozenset(str(Path(__file__).with_name(f"{name}.py")) for name in ("calls", "running"))
_LIBRARIES = tuple({str(Path(sysconfig.get_path(name))) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
#: What torch may put around a dispatcher.
_WRAPPERS = (str(Path(_TORCH) / "_dynamo"), str(Path(_TORCH) / "_compile.py"))
_kinds: dict[str, _FileKind] = {}


class Place(NamedTuple):
    """A place in a person's code that is being carried out: the code object, and the instruction in it."""

    code: CodeType
    at: int
    line: int


class Sight(NamedTuple):
    """What the stack tells of one operation.

    Attributes:
        author: the innermost line of the person's own code; None where nobody's is on the stack.
        frame: that line's frame. direct: whether it makes the operation itself, not through a function of torch.
        inner: where the operation is made. init: the function of `torch.nn.init` that the author called, "" for none.
        passing: in a module's forward pass. applied: reached through a `Module.apply` of the person's own.
        copying: in `copy.deepcopy`; twin: in that of a module or a dict. saving, loading: the frame in which a module's
            `state_dict` is made, and whether one that was given is loaded.
    """

    author: Place | None
    frame: FrameType | None
    direct: bool
    inner: tuple[CodeType, int] | None
    init: str
    passing: bool
    applied: bool
    copying: bool
    twin: bool
    saving: FrameType | None
    loading: bool


def sight(above: int) -> Sight:
    """What the stack tells, seen from the frame that is so many `above` this one."""
    frame: FrameType | None = sys._getframe(above + 1)
    innermost = found = library = saving = None
    init, direct, twin, marks = "", True, False, set()
    key, loading = None, False
    while frame is not None:
        code = frame.f_code
        kind = _kinds.get(code.co_filename) or _kind(code.co_filename)
        if kind == "boundary":
            break
        innermost = innermost or (frame if kind != "wrapper" else None)
        if kind == "author":
            found = found or frame
        elif kind not in ("ours", "wrapper"):
            name = code.co_qualname
            marks.add(name)
            if name == "deepcopy":
                twin = isinstance(frame.f_locals.get("x"), nn.Module | Mapping)  # the outermost decides
            elif name == "Module._load_from_state_dict":
                key, loading = frame.f_locals.get("key"), True
            elif name == "Module.load_state_dict" and loading:  # torch itself adds to what it was given
                loading = key in frame.f_locals.get("state_dict", ())
            if found is None:
                direct = False
                library = frame if kind == "library" else library
                init = name if kind == "init" and name[:1] != "_" else init
                saving = frame if name == "Module._save_to_state_dict" else saving
        frame = frame.f_back
    author = found or library
    return Sight(
        author=Place(author.f_code, author.f_lasti, author.f_lineno) if author else None,
        frame=author,
        direct=direct,
        inner=(innermost.f_code, innermost.f_lasti) if innermost else None,
        init=init,
        passing="Module._call_impl" in marks,
        applied="Module.apply" in marks,
        copying="deepcopy" in marks,
        twin=twin,
        saving=saving,
        loading=loading,
    )


def said(place: Place | None) -> str:
    """Where that is, for a person: `line 3`, of a file `line 12 of inits.py`, "the code" where it is not known."""
    if place is None:
        return "the code"
    file = place.code.co_filename
    line = _position(place)[0] or place.line
    return f"line {line}" if file.startswith("<") else f"line {line} of {plain(Path(file).name)}"


def quoted(place: Place | None, sources: Mapping[str, str]) -> str:
    """The expression that is being carried out there, as it is written, "" where the text is not at hand."""
    return plain(text_at(place, sources), 80)


def text_at(place: Place | None, sources: Mapping[str, str]) -> str:
    """As `quoted`, whole; of a file that is not among the texts by name, from the disk."""
    if place is None:
        return ""
    line, end, begin, stop = _position(place)
    file = place.code.co_filename
    lines = sources[file].splitlines() if file in sources else linecache.getlines(file)
    if line is None or end is None or begin is None or stop is None or not 0 < line <= end <= len(lines):
        return lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""
    found = [text.encode() for text in lines[line - 1 : end]]
    found[-1] = found[-1][:stop]  # columns count bytes
    found[0] = found[0][begin:]
    return " ".join(part.decode(errors="replace").strip() for part in found)


def is_boundary(frame: FrameType) -> bool:
    """Whether a frame is that of whoever calls a person's code."""
    return frame.f_code.co_filename in _BOUNDARY


def is_author(file: str) -> bool:
    """Whether a file is a person's own code."""
    return (_kinds.get(file) or _kind(file)) == "author"


def _position(place: Place) -> tuple[int | None, int | None, int | None, int | None]:
    """First and last line, first and last column."""
    found = next(itertools.islice(place.code.co_positions(), place.at // 2, None), None)
    return found or (None, None, None, None)


def _kind(file: str) -> _FileKind:
    kind: _FileKind = "author"
    if file in _BOUNDARY:
        kind = "boundary"
    elif file == _INIT:
        kind = "init"
    elif file.startswith(_WRAPPERS):
        kind = "wrapper"
    elif file.startswith(_TORCH):
        kind = "torch"
    elif file.startswith(_OURS):
        kind = "ours"
    elif file.startswith(_LIBRARIES) or (file.startswith("<") and file != INIT_FILE and "code>" not in file):
        kind = "library"
    _kinds[file] = kind
    return kind
