"""Which tensors of a file lie over the same bytes, from their places alone: no value is read."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from .records import TensorRecord
from .refusing import refusal, said

#: The most units of storage that views with gaps are laid over to see which meet: 128 MB of marks.
_MOST_MARKS = 2**25


def with_shares(path: Path, records: Sequence[TensorRecord]) -> list[TensorRecord]:
    """The records with the other names over each one's bytes, in the records' order.

    Two tensors share where a byte belongs to both; views that interleave without one, as even and odd columns do, do
    not. What is connected by tensors between them is one group.

    Raises:
        ValueError: views with gaps lie over more bytes than can be looked at.
    """
    groups = [group for run in _runs(records) for group in _connected(path, [records[index] for index in run])]
    places = {record.name: place for place, record in enumerate(records)}
    others: dict[str, tuple[str, ...]] = {}
    for group in groups:
        names = sorted((record.name for record in group), key=places.__getitem__)
        others |= {name: tuple(other for other in names if other != name) for name in names}
    return [replace(record, shares=others.get(record.name, ())) for record in records]


def span(record: TensorRecord) -> tuple[int, int]:
    """The first byte of a tensor in its file, and the one after its last."""
    if not record.numel:
        return record.place.offset, record.place.offset
    last = sum((size - 1) * stride for size, stride in zip(record.shape, record.place.strides, strict=True))
    return record.place.offset, record.place.offset + (last + 1) * record.dtype.itemsize


def _runs(records: Sequence[TensorRecord]) -> list[list[int]]:
    """Indexes of records whose spans meet, two or more together."""
    spans = sorted((*span(record), index) for index, record in enumerate(records) if record.numel)
    runs: list[list[int]] = []
    reached = -1
    for low, high, index in spans:
        if low < reached:
            runs[-1].append(index)
        else:
            runs.append([index])
        reached = max(reached, high)
    return [run for run in runs if len(run) > 1]


def _connected(path: Path, run: Sequence[TensorRecord]) -> list[list[TensorRecord]]:
    if all(_dense(record) for record in run):
        return [list(run)]  # spans without gaps that meet have bytes in common
    unit = math.gcd(*(record.dtype.itemsize for record in run))
    low = min(span(record)[0] for record in run)
    units = (max(span(record)[1] for record in run) - low) // unit
    if units > _MOST_MARKS or any((span(record)[0] - low) % unit for record in run):
        fact = f"holds views with gaps, such as {said(run[0].name)}, that lie over {units:,} elements of one storage"
        raise refusal(path, fact, "save clones of them")
    return [group for group in _by_marks(run, low, unit, units) if len(group) > 1]


def _by_marks(run: Sequence[TensorRecord], low: int, unit: int, units: int) -> list[list[TensorRecord]]:
    """The groups, found by writing each tensor's number over its elements and reading whose stood there."""
    marks = torch.zeros(units, dtype=torch.int32)
    parent = list(range(len(run) + 1))

    def root(of: int) -> int:
        while parent[of] != of:
            parent[of] = parent[parent[of]]
            of = parent[of]
        return of

    for number, record in enumerate(run, start=1):
        width = record.dtype.itemsize // unit
        steps = zip(record.shape, record.place.strides, strict=True)
        strides = [stride * width if size > 1 else 0 for size, stride in steps]  # an axis of one may have any stride
        mine = marks.as_strided((*record.shape, width), (*strides, 1), (record.place.offset - low) // unit)
        for other in torch.unique(mine).tolist():
            if other:
                parent[root(other)] = number
        mine.fill_(number)
    groups: dict[int, list[TensorRecord]] = defaultdict(list)
    for number, record in enumerate(run, start=1):
        groups[root(number)].append(record)
    return list(groups.values())


def _dense(record: TensorRecord) -> bool:
    """Whether the elements fill their span without a gap, in whatever order."""
    filled = 1
    for stride, size in sorted((stride, size) for size, stride in zip(record.shape, record.place.strides, strict=True)):
        if size > 1 and stride != filled:
            return False
        filled *= size
    return True
