"""One short line for each step, for a list of them."""

from collections.abc import Callable
from typing import Any

from .expression import expression
from .schemes import SCHEMES
from .steps import (
    Custom,
    Edit,
    FileInit,
    Forward,
    Initialize,
    OneTensor,
    Pattern,
    Step,
    Subtree,
    Tie,
    Train,
    Untie,
)


def headline(step: Step) -> str:
    """One short line that tells a step from others, for a list of steps."""
    return _HEADLINES[type(step)](step)


def _initialize_headline(step: Initialize) -> str:
    match step.where:
        case OneTensor(name=name):
            place = expression(name)
        case Pattern(pattern=pattern):
            place = pattern
        case Subtree() as where:
            meant = ".".join(part for part in (where.module_type, where.parameter) if part)
            place = f"{expression(where.root, 'get_submodule')} {meant}"
    return f"{SCHEMES[step.scheme].short_title} on {place}"


def _train_headline(step: Train) -> str:
    optimizer = "" if step.optimizer == "sgd" else f", {step.optimizer}"
    return f"train {step.steps} step{'s' * (step.steps != 1)}, lr {step.learning_rate:g}{optimizer}"


_HEADLINES: dict[type, Callable[[Any], str]] = {
    Initialize: _initialize_headline,
    Edit: lambda step: f"{expression(step.tensor)}: {'; '.join(step.formula.split(chr(10)))}",
    Tie: lambda step: f"{expression(step.target)} = {expression(step.source)}",
    Untie: lambda step: f"untie {expression(step.name)}",
    Forward: lambda _: "net(X)",
    Custom: lambda step: f"{step.function or 'your code'} on {expression(step.root, 'get_submodule')}",
    FileInit: lambda step: f"{step.function} on {expression(step.root, 'get_submodule')}",
    Train: _train_headline,
}
