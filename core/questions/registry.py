"""Every question by name: what a worker may be asked."""

from typing import Any

from . import code, equal, experiments, model, sharing, story, tensor, theory
from .base import Request

QUESTIONS: dict[str, type[Request[Any]]] = {
    kind.__name__: kind
    for topic in (model, tensor, code, theory, sharing, equal, experiments, story)
    for kind in vars(topic).values()
    if isinstance(kind, type) and issubclass(kind, Request) and kind is not Request
}
