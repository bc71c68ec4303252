"""What a name, a shape and strides out of a file may be, before anything is built of them."""

import math
from pathlib import Path

from .refusing import refusal, said

#: The most tensors of one checkpoint; real models have 20,000.
MOST_TENSORS = 50_000
_LONGEST_NAME = 512
_MOST_AXES = 8
_GREATEST = 2**63
#: The most elements the other axes of an empty tensor may span: [0, 10¹⁸] is no weight.
_MOST_AROUND_NOTHING = 2**40


def check_name(path: Path, name: object) -> str:
    """A tensor's name: text that can be written down, of bearable length."""
    if not isinstance(name, str):
        fact = f"names a tensor by {type(name).__name__} {said(name)}, where names are texts"
        raise refusal(path, fact, "save a dictionary with texts for keys, as state_dict() gives it")
    if len(name) > _LONGEST_NAME:
        fact = f"names a tensor {said(name)}, with {len(name):,} characters where at most {_LONGEST_NAME} are read"
        raise refusal(path, fact, "save it under shorter names")
    if any("\ud800" <= character <= "\udfff" for character in name):
        fact = f"names a tensor {said(name)}, with half a character that no text can hold"
        raise refusal(path, fact, "save it under another name")
    return name


def check_count(path: Path, count: int) -> None:
    """Whether there are not too many tensors to read."""
    if count > MOST_TENSORS:
        fact = f"holds {count:,} tensors, where at most {MOST_TENSORS:,} are read"
        raise refusal(path, fact, "save it in parts")


def check_sizes(path: Path, name: str, sizes: object, word: str) -> tuple[int, ...]:
    """A shape, or strides: a few whole numbers from 0 to what 64 bits hold."""
    if not isinstance(sizes, tuple | list) or not all(type(size) is int for size in sizes):
        raise refusal(path, f"gives {said(name)} a {word} that is no row of whole numbers", _SAVE_AGAIN)
    if len(sizes) > _MOST_AXES:
        fact = f"gives {said(name)} {len(sizes):,} axes, where at most {_MOST_AXES} are read"
        raise refusal(path, fact, "save it reshaped")
    for size in sizes:
        if not 0 <= size < _GREATEST:
            fact = f"gives {said(name)} a {word} with {said(size)}, where 0 to 2^63 - 1 are possible"
            raise refusal(path, fact, _SAVE_AGAIN)
    return tuple(sizes)


def check_shape(path: Path, name: str, sizes: object) -> tuple[int, ...]:
    """A shape that memory could hold: the product of the sizes, also of those beside a 0, is bounded."""
    shape = check_sizes(path, name, sizes, "shape")
    spanned = math.prod(size for size in shape if size)
    if spanned >= (_MOST_AROUND_NOTHING if 0 in shape else _GREATEST):
        fact = f"gives {said(name)} the shape {list(shape)}, which spans {spanned:.1e} elements"
        raise refusal(path, fact, _SAVE_AGAIN)
    return shape


_SAVE_AGAIN = "the file is damaged or made up: save or copy it again"
