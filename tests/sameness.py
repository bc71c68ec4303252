"""Equality of records to the last bit: types, floats with their sign, arrays with dtype, shape and bytes."""

import dataclasses
from typing import Any

import numpy as np


def assert_same(one: Any, other: Any, where: str = "") -> None:
    """Fail, naming the first place where the two differ in type or in a single bit."""
    assert type(one) is type(other), where
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape), where
        assert one.tobytes() == other.tobytes(), where
    elif dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}")
    elif isinstance(one, tuple | list):
        assert len(one) == len(other), where
        for index, (first, second) in enumerate(zip(one, other, strict=True)):
            assert_same(first, second, f"{where}[{index}]")
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            assert_same(one[key], other[key], f"{where}[{key!r}]")
    elif isinstance(one, float):
        assert repr(one) == repr(other), where  # tells -0.0 from 0.0, and NaN is NaN
    else:
        assert one == other, where
