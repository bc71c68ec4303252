"""Answers about who wrote a tensor."""

from math import prod

from ..module.walk import find_tensor, named_tensors
from ..questions.story import UNSEEN, GetStory, GetUnwritten, Story, Unwritten
from ..questions.story_words import is_unwritten
from ..theory.misfits import shape_of
from .base import Moments, answers


@answers(GetStory)
def _story(request: GetStory, moments: Moments) -> Story:
    find_tensor(moments.after, request.name)
    return moments.stories.get(request.name, UNSEEN)


@answers(GetUnwritten)
def _unwritten(_: GetUnwritten, moments: Moments) -> Unwritten:
    shapes = {entry.name: shape_of(entry) or () for entry in named_tensors(moments.after)}
    stories = moments.stories.items()
    return Unwritten(tuple(name for name, story in stories if prod(shapes[name]) and is_unwritten(story, shapes[name])))
