"""A regular file that is read part by part, and that must stay what it was when it was first looked at.

Parts are read, not mapped into memory: a mapped file that somebody shortens meanwhile ends the process that reads it.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import torch
from torch import Tensor

from .refusing import refusal

_AGAIN = "open it again when nothing writes to it any more"


@dataclass(frozen=True)
class SourceFile:
    """A regular file as it was: where it is, and what tells that it is still the same."""

    path: Path
    size: int
    identity: tuple[int, int, int]

    @contextmanager
    def opened(self) -> Iterator[FileIO]:
        """The file, open for reading.

        Raises:
            ValueError: it is gone, cannot be read, or is not any more what it was, before or after the reading.
        """
        try:
            with os.fdopen(os.open(self.path, _reading_flags()), "rb", buffering=0) as file:
                self._still(os.fstat(file.fileno()))
                yield file
                self._still(os.fstat(file.fileno()))
        except OSError as error:
            raise refusal(self.path, f"cannot be read ({_reason(error)})", "look whether it is still there") from None

    def part(self, offset: int, length: int) -> bytes:
        """So many bytes from there on; ValueError where the file has not so many any more."""
        with self.opened() as file:
            return self.part_of(file, offset, length)

    def part_of(self, file: FileIO, offset: int, length: int) -> bytes:
        """`part`, of the file that is open already."""
        found = bytearray(length)
        self._fill(file, offset, memoryview(found))
        return bytes(found)

    def buffer(self, offset: int, length: int) -> Tensor:
        """So many bytes from there on, as a new tensor of uint8 (length,).

        Raises:
            ValueError: the file changed meanwhile, or there is not so much memory.
        """
        try:
            buffer = torch.empty(length, dtype=torch.uint8, device="cpu")
        except (RuntimeError, MemoryError):
            fact = f"holds a tensor of {length:,} bytes, for which there is no memory"
            raise refusal(self.path, fact, "use a machine with more, or a part of it") from None
        if length:
            with self.opened() as file:
                self._fill(file, offset, memoryview(buffer.numpy().data))
        return buffer

    def _fill(self, file: FileIO, offset: int, place: memoryview) -> None:
        file.seek(offset)
        while place:
            read = file.readinto(place)
            if not read:
                raise refusal(self.path, f"had {self.size:,} bytes and has fewer now", _AGAIN)
            place = place[read:]

    def _still(self, found: os.stat_result) -> None:
        if found.st_size != self.size:
            raise refusal(
                self.path, f"had {self.size:,} bytes when it was opened and has {found.st_size:,} now", _AGAIN
            )
        if _identity(found) != self.identity:
            raise refusal(self.path, f"was written to since it was opened, its {self.size:,} bytes are others", _AGAIN)


def regular_file(path: Path) -> SourceFile:
    """The regular file at `path`.

    Raises:
        ValueError: there is none, or a folder, a pipe, a socket or a device, which is not opened.
    """
    found = status(path)
    if not stat.S_ISREG(found.st_mode):
        raise refusal(path, f"is {_kind(found.st_mode)}, not a file", "give a file that lies on a disk")
    if not found.st_size:
        raise refusal(path, "is empty: it has 0 bytes, where a checkpoint has a header", "copy or save it again")
    return SourceFile(path, found.st_size, _identity(found))


def status(path: Path) -> os.stat_result:
    """What the system knows of a path; ValueError where there is nothing that can be read."""
    try:
        return path.stat()
    except FileNotFoundError:
        raise refusal(path, f"is not there: {str(path.parent)!r} has no such file", "look at the path") from None
    except (OSError, ValueError) as error:  # a path with a NUL, a name too long, a loop of links
        raise refusal(path, f"cannot be looked at ({_reason(error)})", "look at the path and its permissions") from None


def _reading_flags() -> int:
    return os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def _identity(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((word for test, word in kinds if test(mode)), "a device")
