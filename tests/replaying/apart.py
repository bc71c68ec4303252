"""A recipe's code run in one place and its model measured in another, without processes between: as a worker does."""

from core.answers.base import Moments
from core.engine import channel
from core.engine.span import Span
from core.engine.worker import opened, ran
from core.questions.handover import Handover


def carried_over(handovers: tuple[Handover, ...]) -> tuple[Handover, ...]:
    """The handovers as they arrive: through JSON and bytes."""
    value, arrays = channel.pack(handovers)
    for array in arrays:
        array.setflags(write=False)
    arrived: tuple[Handover, ...] = channel.unpack(tuple[Handover, ...], value, arrays)
    return arrived


def apart(span: Span) -> Moments:
    """The span's model as a process has it that never ran its code."""
    asked = span.recipe.to_json(), span.before, span.after
    _, handovers = ran(*asked)
    return opened(*asked, handovers=carried_over(handovers))


def together(span: Span) -> Moments:
    """The same, all in one process."""
    return opened(span.recipe.to_json(), span.before, span.after)
