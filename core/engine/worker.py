"""What runs in a worker: it materializes one recipe at two moments, then answers measurement requests about it."""

import socket
import sys
import traceback
from typing import Any

from ..answers.answer import answer
from ..answers.base import Moments
from ..code.errors import CodeError, reason_of
from ..questions.registry import QUESTIONS
from ..recipe.recipe import Recipe
from ..replay.replay import Begun, StepError, replay, replayed, replayed_ahead
from . import channel


def serve(connection: socket.socket) -> None:
    """Answer messages on `connection` until the other side closes it.

    A message opens (recipe, before, after), or asks for a measurement, or has the beginning of a recipe replayed
    ahead that will perhaps be opened later. A reply holds `value`, or `error` with a sentence, `step` with the index
    of the step at fault, and `fault` when the error is the worker's own.
    """
    moments: Moments | None = None
    begun: Begun | None = None
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
                ahead, begun = begun, None
                moments, reply = opened(recipe_json, before, after, ahead), {"value": None}
            elif "ahead" in message:
                moments, begun, reply = None, replayed_ahead(Recipe.from_json(message["ahead"])), {"value": None}
            else:
                value, arrays = channel.pack(_answered(message, moments))
                reply = {"value": value}
        except StepError as error:
            reply = {"error": error.reason, "step": error.index, "line": error.line, "printed": error.printed}
        except CodeError as error:  # read, or the model's own
            reply = {"error": str(error), "line": error.line, "printed": error.printed}
        except ValueError as error:
            reply = {"error": str(error)}
        except Exception as error:  # whatever a model's code raises must become a reply
            traceback.print_exc(file=sys.stderr)
            reply = {"error": reason_of(error), "fault": True}
        try:
            channel.send(connection, reply, arrays)
        except channel.ChannelError:
            return


def opened(recipe_json: str, before: int, after: int, begun: Begun | None = None) -> Moments:
    """A recipe's model at two moments, gone on to from what is `begun` where that leads there; raises ValueError."""
    recipe = Recipe.from_json(recipe_json)
    final = replayed(recipe.prefix(after), before, begun)
    earlier = final.model if before == after else final.earlier or replay(recipe.prefix(before))
    return Moments(recipe.prefix(after), earlier, final.model, final.outcomes)


def _answered(message: dict[str, Any], moments: Moments | None) -> Any:
    if moments is None:
        raise ValueError("a measurement was asked for before a recipe was opened")
    kind = QUESTIONS[message["request"]]
    return answer(channel.unpack(kind, message["fields"], []), moments)
