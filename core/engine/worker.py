"""What runs in a worker: it materializes one recipe at two moments, then answers questions about it."""

import socket
import sys
import traceback
from typing import Any

from ..answers.answer import answer
from ..answers.base import Moments
from ..code.errors import CodeError, reason_of
from ..questions.registry import QUESTIONS
from ..recipe.recipe import Recipe
from ..replaying.replay import StepError, replay, replayed
from . import channel


def serve(connection: socket.socket) -> None:
    """Answer messages on `connection` until the other side closes it.

    A message opens (recipe, before, after) or asks a question about what is open. A reply holds `value`, or `error`
    with a sentence, and `step` with the index of the step at fault.
    """
    moments: Moments | None = None
    while True:
        try:
            message, _ = channel.receive(connection)
        except channel.ChannelError:
            return
        arrays: list[Any] = []
        reply: dict[str, Any]
        try:
            if "open" in message:
                moments = None  # of another recipe, in a worker that is used again
                recipe_json, before, after = message["open"]
                moments, reply = opened(recipe_json, before, after), {"value": None}
            else:
                value, arrays = channel.pack(_answer_to(message, moments))
                reply = {"value": value}
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


def opened(recipe_json: str, before: int, after: int) -> Moments:
    """A recipe's model at two moments; raises ValueError."""
    recipe = Recipe.from_json(recipe_json)
    final = replayed(recipe.prefix(after), before)
    earlier = final.model if before == after else final.earlier or replay(recipe.prefix(before))
    return Moments(recipe.prefix(after), earlier, final.model, final.outcomes)


def _answer_to(message: dict[str, Any], moments: Moments | None) -> Any:
    if moments is None:
        raise ValueError("a question was asked before a recipe was opened")
    kind = QUESTIONS[message["request"]]
    return answer(channel.unpack(kind, message["fields"], []), moments)
