"""Whatever a model's own code raises, as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..text import error_line


class MissingPartError(ValueError):
    """A model comes without something that is needed to run it: nothing of the model fails."""


@contextmanager
def failures(what: str) -> Iterator[None]:
    """Whatever fails meanwhile is a ValueError that says `what` fails: a model's own code may raise anything."""
    try:
        yield
    except MissingPartError:
        raise
    except Exception as error:
        raise ValueError(f"{what} fails: {error_line(error)}") from error
