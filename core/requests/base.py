"""What a question to a worker is."""

from typing import Any, ClassVar, Generic, TypeVar

Reply_co = TypeVar("Reply_co", covariant=True)


class Request(Generic[Reply_co]):
    """A question; frozen, so that answers can be kept by it."""

    reply: ClassVar[Any]
