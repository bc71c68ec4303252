"""Answers about who wrote a tensor."""

from ..module.walk import find_tensor
from ..questions.story import UNSEEN, GetStory, Story
from .base import Moments, answers


@answers(GetStory)
def _story(request: GetStory, moments: Moments) -> Story:
    find_tensor(moments.after, request.name)
    return moments.stories.get(request.name, UNSEEN)
