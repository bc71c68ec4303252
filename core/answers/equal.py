"""The answer about tensors that are equal in value and not tied."""

from ..questions.equal import Equality, GetEqual
from .base import Moments, answers


@answers(GetEqual)
def _equal(_request: GetEqual, moments: Moments) -> Equality:
    return moments.equal
