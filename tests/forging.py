"""Answers of right type and wrong content: what a worker in which a stranger's code runs may send."""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Path = tuple[str | int, ...]
HOSTILE = "![x](https://evil.example/i.png) www.evil.example\n\u202e<b>$x$ :red[y] `z`"


@dataclass(frozen=True)
class Answer:
    """An answer as it travels."""

    value: Any
    arrays: list[NDArray[Any]]


@dataclass(frozen=True)
class Forgery:
    """One part of an answer changed: where, "*" for the first of a list's, and into what."""

    where: Path
    how: str
    answer: Answer = field(repr=False, compare=False)


def forgeries(answer: Answer) -> Iterator[Forgery]:
    """Each kind of part of an answer, changed in every way that its type allows."""
    seen: set[Path] = set()
    for path, part in _parts(answer.value):
        kind = tuple("*" if isinstance(step, int) else step for step in path)
        if kind in seen and part is not None:
            continue
        if part is not None:
            seen.add(kind)
        for how, changed, arrays in _changed(part, answer.arrays):
            yield Forgery(kind, how, Answer(_put(answer.value, path, changed), arrays))


def _parts(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict) and value.keys() != {"array"}:
        for key, part in value.items():
            yield from _parts(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _parts(part, (*path, index))


def _put(value: Any, path: Path, part: Any) -> Any:
    if not path:
        return part
    changed = copy.copy(value)
    changed[path[0]] = _put(value[path[0]], path[1:], part)
    return changed


def _changed(part: Any, arrays: list[NDArray[Any]]) -> Iterator[tuple[str, Any, list[NDArray[Any]]]]:
    if isinstance(part, dict) and part.keys() == {"array"}:
        for how, changed in _arrays(arrays[part["array"]]):
            yield how, {"array": len(arrays)}, [*arrays, changed]
        return
    for how, changed in _plain(part):
        yield how, changed, arrays
    if part is not None:
        yield "nothing", None, arrays


def _plain(part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, bool):
        yield "the contrary", not part
    elif isinstance(part, int):
        yield from {"-1": -1, "0": 0, "one more": part + 1, "huge": 2**62, "endless": 10**400, "10^9": 10**9}.items()
    elif isinstance(part, float):
        yield from {
            "nan": math.nan,
            "inf": math.inf,
            "1e308": 1e308,
            "-1e308": -1e308,
            "0": 0.0,
            "1e-320": 1e-320,
        }.items()
    elif isinstance(part, str):
        yield from {"no text": "", "long": "x" * 15_000, "hostile": HOSTILE, "unknown": "missing.weight"}.items()
    elif isinstance(part, list):
        yield from {"empty": [], "doubled": part + part, "without its last": part[:-1], "long": part[:1] * 200}.items()
        yield "the other way round", part[::-1]


_ARRAYS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "empty": lambda array: array[:0],
    "flat": lambda array: array.reshape(-1),
    "without axes": lambda array: array.reshape(-1)[:1].reshape(()),
    "another axis": lambda array: array[np.newaxis],
    "no columns": lambda array: array.reshape(*array.shape, 1)[..., :0],
    "one less": lambda array: array[:-1],
    "one more": lambda array: np.concatenate([array, array[:1]]),
    "transposed": lambda array: array.T,
    "the other way round": lambda array: array[::-1],
    "zeros": np.zeros_like,
    "another type": lambda array: array.astype("int32"),
}


def _arrays(array: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    for how, change in _ARRAYS.items():
        if array.ndim:
            with np.errstate(all="ignore"):
                yield how, change(array)
    largest = np.finfo(array.dtype).max if array.dtype.kind == "f" else np.iinfo(array.dtype).max
    values = {"largest": largest, "lowest": -largest if array.dtype.kind in "fi" else 0, "ones": 1}
    if array.dtype.kind == "f":
        values |= {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
    for how, value in values.items():
        yield how, np.full_like(array, value)
    if array.size > 1 and array.dtype.kind == "f":
        mixed = array.copy().reshape(-1)
        mixed[0], mixed[-1] = -largest, largest
        yield "lowest to largest", mixed.reshape(array.shape)
