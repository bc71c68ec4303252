"""A safetensors file by its header, which is bounded before it is parsed and checked before it is believed.

The format (huggingface.co/docs/safetensors): eight bytes of length, that much JSON, then the bytes of all tensors, each
one's place given from the header's end. What the library reads twice or not at all, this refuses: a key that stands
twice, shapes with thousands of axes, a header of megabytes for nothing.
"""

import json
import math
from typing import Any

import torch

from .dimensions import MOST_TENSORS, check_count, check_name, check_shape
from .records import Place, TensorRecord, row_major
from .refusing import refusal, said
from .source_file import SourceFile

LENGTH = 8
#: A header of 20,000 tensors has 2 to 4 MB.
_LONGEST_HEADER = 8 * 2**20
#: A tensor opens three: its own, those of its shape and of its place.
_MOST_BRACKETS = 4 * MOST_TENSORS
_AGAIN = "copy or save it again"
_FIELDS = {"dtype", "shape", "data_offsets"}

_NAMES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "C64": "complex64",
    "BOOL": "bool",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E8M0": "float8_e8m0fnu",
    "F8_E5M2": "float8_e5m2",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F4": "float4_e2m1fn_x2",
}
_DTYPES: dict[str, torch.dtype] = {word: getattr(torch, name) for word, name in _NAMES.items() if hasattr(torch, name)}
#: Two of its elements are one of torch's, along the last axis.
_PACKED = "F4"


def safetensors_records(file: SourceFile) -> list[TensorRecord]:
    """The tensors of a safetensors file, in the header's order; ValueError where a byte is not as it should be."""
    length = int.from_bytes(file.part(0, LENGTH), "little")
    if length > file.size - LENGTH:
        fact = f"says that its header has {length:,} bytes and has {file.size:,} in all: it is cut short or damaged"
        raise refusal(file.path, fact, _AGAIN)
    if length > _LONGEST_HEADER:
        fact = f"has a header of {length:,} bytes, where at most {_LONGEST_HEADER:,} are read"
        raise refusal(file.path, fact, "save it in shards, each with a part of the tensors")
    header = _parsed(file, file.part(LENGTH, length))
    _check_metadata(file, header.pop("__metadata__", {}))
    check_count(file.path, len(header))
    records = [_record(file, LENGTH + length, name, entry) for name, entry in header.items()]
    _check_cover(file, LENGTH + length, records)
    return records


def _parsed(file: SourceFile, content: bytes) -> dict[str, Any]:
    brackets = content.count(b"{") + content.count(b"[")
    if brackets > _MOST_BRACKETS:
        fact = f"has a header with {brackets:,} brackets, where {_MOST_BRACKETS:,} are enough for any model"
        raise refusal(file.path, fact, "save it in shards, each with a part of the tensors")
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no, parse_float=_no)
    except _TwiceError as twice:
        fact = f"has a header in which {said(twice.key)} stands twice, and two readers may take one each"
        raise refusal(file.path, fact, "save it again") from None
    except (ValueError, RecursionError):
        fact = f"has a header of {len(content):,} bytes that are no JSON as safetensors writes it"
        raise refusal(file.path, fact, _AGAIN) from None
    if not isinstance(found, dict):
        raise refusal(file.path, f"has a header that is no object of names but a {type(found).__name__}", _AGAIN)
    return found


class _TwiceError(Exception):
    """A key that stands twice in one object."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(key)
        found[key] = value
    return found


def _no(text: str) -> None:
    raise ValueError(text)


def _check_metadata(file: SourceFile, found: object) -> None:
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise refusal(file.path, "has __metadata__ that is no object of texts, as the format has it", "save it again")


def _record(file: SourceFile, begin: int, name: str, entry: object) -> TensorRecord:
    check_name(file.path, name)
    if not isinstance(entry, dict) or set(entry) != _FIELDS:
        fact = f"describes {said(name)} by something else than dtype, shape and data_offsets"
        raise refusal(file.path, fact, "save it again")
    word = entry["dtype"]
    if not isinstance(word, str) or word not in _DTYPES:
        fact = f"gives {said(name)} the dtype {said(word)}, which torch {torch.__version__} has not"
        raise refusal(file.path, fact, "save it in another dtype")
    shape, dtype = check_shape(file.path, name, entry["shape"]), _DTYPES[word]
    if word == _PACKED:
        shape = _packed(file, name, shape)
    first, last = _offsets(file, name, entry["data_offsets"])
    needed = math.prod(shape) * dtype.itemsize
    if last - first != needed:
        fact = f"gives {said(name)} {last - first:,} bytes, where its shape and dtype need {needed:,}"
        raise refusal(file.path, fact, _AGAIN)
    return TensorRecord(name, shape, dtype, place=Place(file, begin + first, row_major(shape)))


def _packed(file: SourceFile, name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    if not shape or shape[-1] % 2:
        fact = f"gives {said(name)} the shape {list(shape)} of values of four bits, which do not fill whole bytes"
        raise refusal(file.path, fact, "save it with an even last axis")
    return (*shape[:-1], shape[-1] // 2)


def _offsets(file: SourceFile, name: str, found: object) -> tuple[int, int]:
    if isinstance(found, list) and len(found) == 2 and all(type(at) is int for at in found):
        first, last = found
        if 0 <= first <= last <= file.size:
            return first, last
    fact = f"gives {said(name)} data_offsets that are no begin and end within its {file.size:,} bytes"
    raise refusal(file.path, fact, _AGAIN)


def _check_cover(file: SourceFile, begin: int, records: list[TensorRecord]) -> None:
    """Every byte after the header belongs to one tensor: no overlap, no gap, nothing behind the last."""
    at, previous = begin, "the header"
    for record in sorted(records, key=lambda record: (record.place.offset, record.nbytes)):
        if record.place.offset != at:
            word = "overlap" if record.place.offset < at else "leave a gap"
            fact = f"has tensors that {word}: {previous} ends at {at:,}, {said(record.name)} begins at"
            raise refusal(file.path, f"{fact} {record.place.offset:,}", _AGAIN)
        at, previous = at + record.nbytes, said(record.name)
    if at != file.size:
        word = "is cut short" if at > file.size else "has bytes that belong to no tensor"
        raise refusal(file.path, f"{word}: its header accounts for {at:,} bytes and it has {file.size:,}", _AGAIN)
