"""What runs in a worker: it materializes one recipe at two moments, then answers questions about it."""

import socket
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from ..answers.answer import answer
from ..answers.base import ElsewhereError, Moments
from ..code.errors import CodeError, reason_of
from ..code.forbidding import forbid_code
from ..module.held_tensors import MisfitError
from ..questions.handover import Handover
from ..questions.registry import QUESTIONS
from ..recipe.recipe import Recipe
from ..replaying.apart import foreign_at, run_code, taking
from ..replaying.replay import Here, StepError, replayed
from . import channel
from .errors import MISSHAPEN


def serve(connection: socket.socket) -> None:
    """Answer messages on `connection` until the other side closes it.

    A message opens (recipe, before, after), with what another process handed over where the recipe holds code; or runs
    them, code and all, and the reply is what is to be handed over; or asks a question about what is open. A reply holds
    `value`, or `error` with a sentence, and `step` with the index of the step at fault; or says `elsewhere`: the answer
    runs a person's code, which does not happen here.
    """
    moments: Moments | None = None
    while True:
        try:
            message, given = channel.receive(connection)
        except channel.ChannelError:
            return
        arrays: list[Any] = []
        reply: dict[str, Any]
        try:
            if "open" in message:
                forbid_code()
                moments = None  # of another recipe, in a worker that is used again
                moments, reply = opened(*message["open"], handovers=_handed(message, given)), {"value": None}
            elif "run" in message:
                moments, handovers = ran(*message["run"])
                value, arrays = channel.pack(handovers)
                reply = {"value": value}
            else:
                value, arrays = channel.pack(_answer_to(message, moments))
                reply = {"value": value}
        except ElsewhereError:
            reply = {"elsewhere": True}
        except StepError as error:
            reply = {"error": error.reason, "step": error.index, "line": error.line, "printed": error.printed}
        except CodeError as error:  # read, or the model's own
            reply = {"error": str(error), "line": error.line, "printed": error.printed}
        except ValueError as error:
            reply = {"error": str(error)}
        except Exception as error:  # whatever a model's code raises must become a reply
            traceback.print_exc(file=sys.stderr)
            reply = {"error": reason_of(error)}
        try:
            channel.send(connection, reply, arrays)
        except channel.ChannelError:
            return


def opened(recipe_json: str, before: int, after: int, *, handovers: Sequence[Handover] | None = None) -> Moments:
    """A recipe's model at two moments, its code run here unless that was done elsewhere; raises ValueError."""
    recipe = Recipe.from_json(recipe_json)
    by = Here if handovers is None else taking(handovers)
    final = replayed(recipe.prefix(after), before, by)
    earlier = final.model if before == after else final.earlier or replayed(recipe.prefix(before), by=by).model
    if handovers is None:
        return Moments(recipe.prefix(after), earlier, final.model, final.outcomes, final.seen)
    return Moments(
        recipe.prefix(after),
        earlier,
        final.model,
        final.outcomes,
        runs_elsewhere=recipe.source is not None or foreign_at(handovers, after),  # whatever the handovers say
        seen=final.seen,
    )


def ran(recipe_json: str, before: int, after: int) -> tuple[Moments, tuple[Handover, ...]]:
    """A recipe with its code run here, and what is handed over of it; raises ValueError."""
    recipe = Recipe.from_json(recipe_json)
    final, handovers = run_code(recipe.prefix(max(before, after)), (before, after))
    shown = recipe.prefix(after)
    if before > after:
        final = replayed(shown)
    return Moments(shown, final.model, final.model, final.outcomes, final.seen), handovers


def _handed(message: dict[str, Any], arrays: list[Any]) -> tuple[Handover, ...] | None:
    return arrived(message["handed"], arrays) if "handed" in message else None


def arrived(value: Any, arrays: list[Any]) -> tuple[Handover, ...]:
    """The handovers that `channel.pack` took apart.

    Raises:
        MisfitError: they are none.
    """
    try:
        handovers: tuple[Handover, ...] = channel.unpack(tuple[Handover, ...], value, arrays)
    except ValueError as error:
        raise MisfitError(MISSHAPEN) from error
    return handovers


def _answer_to(message: dict[str, Any], moments: Moments | None) -> Any:
    if moments is None:
        raise ValueError("a question was asked before a recipe was opened")
    kind = QUESTIONS[message["request"]]
    return answer(channel.unpack(kind, message["fields"], []), moments)
