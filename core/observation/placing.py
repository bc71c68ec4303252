"""Which part of a tensor a write reached, in words and as a region, and whether in another order."""

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from ..questions.story import Story
from ..recipe.slices import Box, Places
from .regions import Reached, Region, reached

#: What is said where the part is not slices of the tensor.
SCATTERED = "[…]"


def part_of(part: Reached, region: Region) -> Region:
    """The region of the part that was reached, where that is slices; else all of it."""
    return region if isinstance(part, str) else region.part(Box(tuple(Places(*cut) for cut in part)))


def place_in(part: Reached, region: Region) -> str:
    """Which part of a region was reached, as text; "" for all of it."""
    return {"all": "", "scattered": SCATTERED}[part] if isinstance(part, str) else _text(part, region)


def is_turned(written: Region, region: Region) -> bool:
    """Whether the same elements stand in another order."""
    return prod(written.shape) == prod(region.shape) and written.order != region.order


def narrowed(where: Region, story: Story, region: Region) -> Iterator[Story]:
    """Of what is known of a tensor, what reached a region within it."""
    left = story.unwritten if where == region else None
    for each in (*story.earlier, replace(story, earlier=(), unwritten=left)):
        box = Box.read(each.part, where.shape)
        written = where.part(box) if box is not None else where
        part: Reached = "scattered" if box is None else reached(written, region)
        if part != "none":
            turned = each.turned or is_turned(written, part_of(part, region))
            yield replace(each, part=place_in(part, region), turned=turned)


def _text(part: tuple[tuple[int, int, int], ...], region: Region) -> str:
    return Box(tuple(Places(*cut) for cut in part)).as_text(region.shape)
