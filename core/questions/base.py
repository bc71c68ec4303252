"""What a question to a worker is."""

from typing import Any, ClassVar, Generic, TypeVar

Reply_co = TypeVar("Reply_co", covariant=True)


class Request(Generic[Reply_co]):
    """A question; frozen, so that answers can be kept by it.

    Attributes:
        reply: the type of the record that answers.
        reply_bytes: how many bytes its arrays have at most.
        reads_code: whether the question itself holds a person's code, which is read and not run.
        compares: whether the answer is about both moments; any other is about the later one alone.
        runs_model: whether the answer runs the model, or copies it, so that a person's own classes have to be there.
    """

    reply: ClassVar[Any]
    reply_bytes: ClassVar[int] = 64 * 2**20
    reads_code: ClassVar[bool] = False
    compares: ClassVar[bool] = False
    runs_model: ClassVar[bool] = False

    def check(self, answer: Any, _moment: int, /) -> None:
        """Raise ValueError where a record of the right form is no answer to this question, such as one on other names.

        Args:
            answer: of type `reply`; _moment: the number of steps before the later moment.
        """
