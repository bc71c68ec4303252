"""One short line for each step, for a list of them."""

from typing import assert_never

from .expression import expression
from .schemes.table import SCHEMES
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
    Where,
)


def headline(step: Step) -> str:
    """One short line that tells a step from others, for a list of steps."""
    match step:
        case Initialize(scheme=scheme, where=where):
            return f"{SCHEMES[scheme].short_title} on {_place(where)}"
        case Edit(tensor=tensor, formula=text):
            return f"{expression(tensor)}: {'; '.join(text.split(chr(10)))}"
        case Tie(source=source, target=target):
            return f"{expression(target)} = {expression(source)}"
        case Untie(name=name):
            return f"untie {expression(name)}"
        case Forward():
            return "net(X)"
        case Train(steps=steps, learning_rate=rate):
            optimizer = "" if step.optimizer == "sgd" else f", {step.optimizer}"
            return f"train {steps} step{'s' * (steps != 1)}, lr {rate:g}{optimizer}"
        case Custom(function=function, root=root):
            return f"{function or 'your code'} on {expression(root, 'get_submodule')}"
        case FileInit(function=function, root=root):
            return f"{function} on {expression(root, 'get_submodule')}"
    assert_never(step)


def _place(where: Where) -> str:
    match where:
        case OneTensor(name=name):
            return expression(name)
        case Pattern(pattern=pattern):
            return pattern
        case Subtree(root=root, module_type=module_type, parameter=parameter):
            meant = ".".join(part for part in (module_type, parameter) if part)
            return f"{expression(root, 'get_submodule')} {meant}"
    assert_never(where)
