"""Which elements of a memory nobody wrote, one by one: where an index or a mask says where, slices are too coarse."""

from collections.abc import Iterator
from math import prod

import numpy as np

from ..questions.story_words import unwritten_boxes
from .notes import Holes, Mask, Memory, Write
from .operations import UNSEEN_WRITE
from .regions import Region, reached

#: Write where an index or a mask says.
INDEXED = frozenset(
    ["index_put", "_index_put_impl", "index_fill", "index_copy", "masked_fill", "masked_scatter", "scatter", "put"]
)
#: Times `beta` what was there, which is nothing of it where that is 0.
_BETA = frozenset(["addmm", "addmv", "addr", "addbmm", "baddbmm"])


def covers(write: Write) -> bool:
    """Whether a write set all of its region, whatever was there."""
    known, numbers = write.event.operation, write.event.numbers
    if known.effect == "makes":
        return False
    if known.effect != "computes" or write.event.caller.function or write.is_new or known.base == UNSEEN_WRITE:
        return True
    if (known.base == "lerp" and numbers.get("weight") == 1) or (known.base in _BETA and numbers.get("beta") == 0):
        return True
    is_out = not known.name.endswith("_") and known.base not in INDEXED
    return is_out and all(each.region != write.region for each in write.event.operands)


def holes_of(memory: Memory) -> Holes:
    """What is left unwritten of a memory, as it is now."""
    found = memory.holes
    if found is not None and found.upto == len(memory.writes):
        return found
    if found is None:
        found = memory.holes = Holes()
        begin, regions = _begun(memory)
        for region in regions:
            _mark(found, region, unwritten=True)
    else:
        begin = found.upto
    for write in memory.writes[begin:]:
        if write.event.operation.effect == "makes":
            _mark(found, write.region, unwritten=True)
        elif found.any and covers(write):
            _mark(found, write.region, unwritten=False)
    settle(memory, found)
    return found


def settle(memory: Memory, holes: Holes) -> None:
    """From now on these are what is left of a memory, after all its writes."""
    holes.any = holes.mask is not None and bool(holes.mask.any())
    holes.upto = len(memory.writes)
    holes.filled = None if holes.any else holes.upto if holes.filled is None else holes.filled
    memory.holes = holes


def left_in(memory: Memory, region: Region) -> int | None:
    """How many elements of a region nobody wrote; None where that is not followed one by one."""
    if memory.holes is None or not memory.holes.is_followed:
        return None
    holes = holes_of(memory)
    if holes.mask is None or not holes.any or holes.itemsize != region.itemsize:
        return 0
    return int(seen(holes.mask, region).sum())


def is_filled_since(memory: Memory, count: int, region: Region) -> bool:
    """Whether, after so many writes to a memory, nothing of a region is unwritten, which indices or masks told."""
    holes = memory.holes
    if holes is None or not holes.is_followed or holes.is_lost:
        return False
    if count == len(memory.writes):
        return not left_in(memory, region)
    return holes.filled is not None and count >= holes.filled


def is_lost(memory: Memory) -> bool:
    """Whether it is not known what of a memory was written."""
    return memory.holes is not None and memory.holes.is_lost


def seen(mask: Mask, region: Region) -> Mask:
    """A mask of a memory as a tensor that lies there shows it; past its end there is nothing."""
    longer = np.zeros(max(0, region.end - mask.size), np.bool_)
    mask = np.concatenate([mask, longer]) if longer.size else mask
    return np.lib.stride_tricks.as_strided(mask[region.offset :], region.shape, region.stride)


def _begun(memory: Memory) -> tuple[int, list[Region]]:
    """From which write on something is left unwritten, and what was before it, by writes to all of it alone."""
    left = [*_known(memory)]
    before, begin = left, 0
    for index, write in enumerate(memory.writes):
        if write.event.operation.effect == "makes":
            left = [*left, write.region]
        elif left and covers(write):
            left = [each for each in left if reached(write.region, each) != "all"]
        if not left:
            before, begin = [], index + 1
    return begin, before


def _known(memory: Memory) -> Iterator[Region]:
    """What was never written of tensors of which something is known from elsewhere."""
    for region, story in memory.before:
        if story.unwritten is None:
            yield from (region.part(box) for box in unwritten_boxes(story, region.shape))
        elif story.unwritten == prod(region.shape):
            yield region


def _mark(holes: Holes, region: Region, *, unwritten: bool) -> None:
    if not prod(region.shape):
        return
    if holes.mask is None:
        holes.itemsize = region.itemsize
    offset, end = region.offset, region.end
    if region.itemsize != holes.itemsize:  # as seen through another dtype; what lies between its elements, too
        by = holes.itemsize
        offset, end = offset * region.itemsize // by, -(-end * region.itemsize // by)
        region = Region(offset, (end - offset,), (1,), by)
    mask = np.zeros(0, np.bool_) if holes.mask is None else holes.mask
    holes.mask = np.concatenate([mask, np.zeros(max(0, end - mask.size), np.bool_)])
    seen(holes.mask, region)[...] = unwritten
    holes.any = holes.any or unwritten
