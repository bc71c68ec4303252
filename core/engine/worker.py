"""What runs in a worker: it materializes one recipe at two moments, then answers measurement requests about it."""

import contextlib
import io
import socket
import sys
import traceback
from typing import Any

import torch

from core.answers import Moments, answer
from core.engine import channel
from core.recipe import Recipe
from core.replay import StepError, replay, replayed
from core.requests import REQUESTS, GetVerdict

#: Requests that need scipy.stats, which takes a second to import.
_LATER = {GetVerdict}


def prepare() -> None:
    """Import and warm what a page needs, so that a fork has it ready; deterministic settings."""
    torch.set_num_threads(1)
    for model in ("mlp", "shared_mlp"):
        moments = _opened(f'{{"model":"{model}","steps":[{{"op":"initialize","scheme":"orthogonal"}}]}}', 0, 1)
        for request in set(REQUESTS.values()) - _LATER:
            with contextlib.suppress(TypeError):  # requests with required fields have nothing to warm
                answer(request(), moments)


def prepare_rest() -> None:
    """Warm what few need at once: torch imports its compiler, in a second, for an optimizer and for some draws."""
    _opened('{"model":"mlp","steps":[{"op":"train"}]}', 0, 1)
    for scheme in ("uniform", "normal", "orthogonal"):  # a family of scipy.stats each
        moments = _opened(f'{{"model":"mlp","steps":[{{"op":"initialize","scheme":"{scheme}"}}]}}', 0, 1)
        for request in _LATER:
            answer(request(), moments)


def serve(connection: socket.socket) -> None:
    """Answer messages on `connection` until the other side closes it.

    A message either opens (recipe, before, after) or asks for a measurement. A reply holds `value`, or `error` with a
    sentence, `step` with the index of the step at fault, and `fault` when the error is the worker's own.
    """
    moments: Moments | None = None
    while True:
        try:
            message, _ = channel.receive(connection)
        except channel.ChannelError:
            return
        arrays: list[Any] = []
        reply: dict[str, Any]
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                if "open" in message:
                    moments = None  # of another recipe, in a worker that is used again
                    moments, reply = _opened(*message["open"]), {"value": None}
                else:
                    value, arrays = channel.pack(_answered(message, moments))
                    reply = {"value": value}
        except StepError as error:
            reply = {"error": error.reason, "step": error.index}
        except ValueError as error:
            reply = {"error": str(error)}
        except Exception as error:  # whatever a model's code raises must become a reply
            traceback.print_exc(file=sys.stderr)
            reply = {"error": f"{type(error).__name__}: {error}", "fault": True}
        try:
            channel.send(connection, reply, arrays)
        except channel.ChannelError:
            return


def _opened(recipe_json: str, before: int, after: int) -> Moments:
    recipe = Recipe.from_json(recipe_json)
    earlier, later = recipe.prefix(before), recipe.prefix(after)
    final = replayed(later)
    return Moments(later, replay(earlier) if before != after else final.model, final.model, final.outcomes)


def _answered(message: dict[str, Any], moments: Moments | None) -> Any:
    if moments is None:
        raise ValueError("a measurement was asked for before a recipe was opened")
    kind = REQUESTS[message["request"]]
    return answer(channel.unpack(kind, message["fields"], []), moments)
