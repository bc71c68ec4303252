"""The identity matrix, or a multiple of it, that is added to a tensor."""

from collections.abc import Mapping
from typing import NamedTuple

from ..questions.story import Plain, Story


class Sum(NamedTuple):
    """So many times the identity, and so many times another tensor, of which this is the story."""

    identity: float
    times: float
    of: Story


def added(base: str, numbers: Mapping[str, Plain], first: Story | None, second: Story | None) -> Sum | None:
    """What `first` plus or minus `second` is, where one of the two is a multiple of the identity; else None."""
    alpha = numbers.get("alpha", 1)
    if base not in ("add", "sub") or not isinstance(alpha, int | float) or first is None or second is None:
        return None
    by = float(alpha) if base == "add" else -float(alpha)
    scales = scale_of(first), scale_of(second)
    if scales[0] is None and scales[1] is not None:
        return Sum(by * scales[1], 1.0, first)
    if scales[0] is not None and scales[1] is None:
        return Sum(scales[0], by, second)
    return None


def scale_of(story: Story) -> float | None:
    """Of a matrix that is the identity times a number, that number; None of any other."""
    if story.kind != "filled" or story.earlier or story.part or story.turned or story.shape is None:
        return None
    if story.of is None:
        return 1.0 if story.function in ("eye", "eye_") and len(story.shape) == 2 else None
    inner, by = scale_of(story.of), story.arguments.get("other")
    if inner is None or story.shape != story.of.shape:
        return None
    if story.function == "neg":
        return -inner
    if isinstance(by, int | float) and by and story.function in ("mul", "div") and len(story.arguments) == 1:
        return inner * by if story.function == "mul" else inner / by
    return None
