"""The entries of a zip archive as torch writes it, and of no other: one reading of it, which leaves no choice.

Two readers of a zip may see different files in it: by duplicate names, by local headers that contradict the directory,
by bytes before or behind. So only what can be read in one way is read. Nothing is inflated. The format: PKWARE's
APPNOTE.TXT, 4.3; sizes above 4 GB as in its zip64 extension, which torch always writes.
"""

import struct
from dataclasses import dataclass
from io import FileIO
from typing import NoReturn

from .dimensions import MOST_TENSORS
from .refusing import refusal, said
from .source_file import SourceFile

MAGIC = b"PK\x03\x04"
_END, _END64, _LOCATOR = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
_CENTRAL, _LOCAL = struct.Struct("<4s4B4HL2L5H2L"), struct.Struct("<4s2B4HL2L2H")
_MOST_ENTRIES = MOST_TENSORS + 16
_LONGEST_DIRECTORY = 200 * _MOST_ENTRIES
_FULL, _FULL_SHORT = 0xFFFFFFFF, 0xFFFF
_ENCRYPTED = 0x1
#: Of an entry's attributes: torch's reader takes such an entry for a folder, and leaves its tensor as memory was.
_FOLDER = 0x10
_AGAIN = "copy or save it again"


@dataclass(frozen=True)
class Entry:
    """A file in the archive, stored as it is: where its bytes begin, and how many there are."""

    name: str
    offset: int
    size: int


def zip_entries(file: SourceFile) -> dict[str, Entry]:
    """The archive's entries by name; ValueError where it could be read in more than one way, or is damaged."""
    with file.opened() as opened:
        count, begin, end = _bounds(file, opened)
        found = _directory(file, file.part_of(opened, begin, end - begin), count)
        entries = {}
        places = sorted(header for _, header, _ in found)
        ends = dict(zip(places, [*places[1:], begin], strict=True))
        if places and places[0]:
            _refuse(file, f"has {places[0]:,} bytes before its first entry, where torch writes none")
        for name, header, size in found:
            if name in entries:
                _refuse(file, f"has two entries {said(name)}, and two readers may take one each", "save it again")
            entries[name] = Entry(name, _data_offset(file, opened, name, header), size)
            if entries[name].offset + size > ends[header]:
                _refuse(file, f"has an entry {said(name)} that reaches into the next")
    return entries


def _bounds(file: SourceFile, opened: FileIO) -> tuple[int, int, int]:
    """How many entries there are, and where their directory begins and ends."""
    at = file.size - _END.size
    record = file.part_of(opened, at, _END.size) if at >= 0 else b""
    if not record.startswith(b"PK\x05\x06"):
        _refuse(
            file, f"begins as a zip archive, but its last bytes of {file.size:,} are no end of one: it is cut short"
        )
    _, disk, first_disk, here, count, size, begin, _ = _END.unpack(record)
    locator = file.part_of(opened, at - _LOCATOR.size, _LOCATOR.size) if at >= _LOCATOR.size else b""
    if locator.startswith(b"PK\x06\x07"):
        _, _, end64, _ = _LOCATOR.unpack(locator)
        at -= _LOCATOR.size + _END64.size
        if end64 != at:
            _refuse(file, f"says that its directory ends at {end64:,} and has the end of it at {at:,}")
        signature, _, _, _, disk, first_disk, here, count, size, begin = _END64.unpack(
            file.part_of(opened, at, _END64.size)
        )
        if signature != b"PK\x06\x06":
            _refuse(file, "has no end of its directory where it says")
    if disk or first_disk or here != count or begin + size != at:
        _refuse(file, f"says that its directory lies from {begin:,} to {begin + size:,}, and it ends at {at:,}")
    if count > _MOST_ENTRIES or size > _LONGEST_DIRECTORY:
        fact = f"has a directory of {count:,} entries and {size:,} bytes, where {_MOST_ENTRIES:,} entries are read"
        _refuse(file, fact, "save it in shards, each with a part of the tensors")
    return count, begin, at


def _directory(file: SourceFile, content: bytes, count: int) -> list[tuple[str, int, int]]:
    """Name, place of the local header, and size of each entry."""
    entries: list[tuple[str, int, int]] = []
    at = 0
    while at < len(content):
        fields = _CENTRAL.unpack(content[at : at + _CENTRAL.size]) if at + _CENTRAL.size <= len(content) else ()
        if not fields or fields[0] != b"PK\x01\x02":
            _refuse(file, f"has a directory that cannot be read after {len(entries):,} of {count:,} entries")
        flags, method, (packed, size), (name_length, extra_length, comment) = (
            *fields[5:7],
            fields[10:12],
            fields[12:15],
        )
        named, header = at + _CENTRAL.size, fields[18]
        at = named + name_length + extra_length + comment
        name = _name(file, content[named : named + name_length])
        size, packed, header = _long(file, content[named + name_length : at - comment], [size, packed, header])
        if name.split("/")[1:2] == ["code"]:
            _refuse(file, "is a TorchScript program: it holds code beside its tensors", "save its state_dict()")
        if method or flags & _ENCRYPTED or packed != size:
            fact = f"has an entry {said(name)} that is compressed or encrypted, where torch stores bytes as they are"
            _refuse(file, fact, "unpack it, and save it with torch.save")
        if fields[17] & _FOLDER:
            _refuse(file, f"has an entry {said(name)} of {size:,} bytes that is marked as a folder")
        entries.append((name, header, size))
    if at != len(content) or len(entries) != count:
        _refuse(file, f"says that it has {count:,} entries, and its directory lists {len(entries):,}")
    return entries


def _long(file: SourceFile, extra: bytes, short: list[int]) -> list[int]:
    """The three numbers, each that is full replaced by the next of the zip64 field."""
    if _FULL not in short:
        return short
    at, long = 0, b""
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            long = extra[at + 4 : at + 4 + length]
        at += 4 + length
    needed = short.count(_FULL)
    if len(long) < 8 * needed:
        _refuse(file, f"has an entry above 4 GB without the {8 * needed} bytes that say how large it is")
    numbers = iter(struct.unpack_from(f"<{needed}Q", long))
    return [next(numbers) if number == _FULL else number for number in short]


def _name(file: SourceFile, raw: bytes) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        _refuse(file, f"has an entry named {said(raw)}, which is no text")
    parts = name.split("/")
    if not name or "\\" in name or "\0" in name or ":" in name or {"", ".", ".."} & set(parts):
        fact = f"has an entry named {said(name)}, which would lie outside of the one folder that torch writes"
        _refuse(file, fact, "do not unpack it; save it again")
    return name


def _data_offset(file: SourceFile, opened: FileIO, name: str, header: int) -> int:
    """Where the entry's bytes begin: after its local header, which must name the same entry."""
    if header + _LOCAL.size > file.size:
        _refuse(file, f"places its entry {said(name)} at {header:,} and has {file.size:,} bytes: it is cut short")
    fields = _LOCAL.unpack(file.part_of(opened, header, _LOCAL.size))
    signature, flags, method, name_length, extra_length = fields[0], fields[3], fields[4], fields[-2], fields[-1]
    begin: int = header + _LOCAL.size
    same = begin + name_length <= file.size and file.part_of(opened, begin, name_length) == name.encode()
    if signature != MAGIC or method or flags & _ENCRYPTED or not same:
        _refuse(file, f"has an entry {said(name)} that its directory and its own header describe differently")
    return begin + int(name_length) + int(extra_length)


def _refuse(file: SourceFile, fact: str, way_out: str = _AGAIN) -> NoReturn:
    raise refusal(file.path, fact, way_out)
