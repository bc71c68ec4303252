"""What all that a story tells comes to: how much it is, and which draws stand in the tensor more than once."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from ..questions.story import Story

#: In more stories than these nobody follows where values came from.
_LONGEST = 1000


def is_long(story: Story) -> bool:
    """Whether a story is told in too many others, as of tensors that were computed from each other again and again."""
    return next(islice(_all(story), _LONGEST, None), None) is not None


def told_alone(story: Story) -> Story:
    """The story of one tensor without what else was observed: only draws that come more than once have a number.

    So it is the same wherever the model is built.
    """
    times = Counter(each.draw for each in _all(story) if each.draw)
    if not times:
        return story
    numbers = {draw: str(index) for index, draw in enumerate((draw for draw, n in times.items() if n > 1), 1)}
    return _renamed(story, lambda draw: numbers.get(draw, ""))


def known_as(story: Story, name: str) -> Story:
    """A story from elsewhere, whose draws are told from all others by the tensor's name."""
    count = iter(range(1, 1_000_000))
    return _renamed(story, lambda draw: f"{name}/{draw}" if draw else f"{name}:{next(count)}")


def _all(story: Story) -> Iterator[Story]:
    for each in (*story.earlier, *(() if story.of is None else (story.of,))):
        yield from _all(each)
    yield story


def _renamed(story: Story, name: Callable[[str], str]) -> Story:
    earlier = tuple(_renamed(each, name) for each in story.earlier)
    of = None if story.of is None else _renamed(story.of, name)
    return replace(story, earlier=earlier, of=of, draw=name(story.draw) if story.kind == "drawn" else "")
