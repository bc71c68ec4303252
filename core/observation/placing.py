"""Which part of a tensor a write reached, in words and as a region, and whether in another order."""

from math import prod

from ..recipe.slices import Box, Places
from .regions import Reached, Region

#: What is said where the part is not slices of the tensor.
_SCATTERED = "[…]"


def part_of(part: Reached, region: Region) -> Region:
    """The region of the part that was reached, where that is slices; else all of it."""
    return region if isinstance(part, str) else region.part(Box(tuple(Places(*cut) for cut in part)))


def place_in(part: Reached, region: Region) -> str:
    """Which part of a region was reached, as text; "" for all of it."""
    return {"all": "", "scattered": _SCATTERED}[part] if isinstance(part, str) else _text(part, region)


def is_turned(written: Region, region: Region) -> bool:
    """Whether the same elements stand in another order."""
    return prod(written.shape) == prod(region.shape) and written.order != region.order


def _text(part: tuple[tuple[int, int, int], ...], region: Region) -> str:
    return Box(tuple(Places(*cut) for cut in part)).as_text(region.shape)
