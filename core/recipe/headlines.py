"""One short line for each step, for a list of them."""

from typing import assert_never

from . import steps
from .expression import expression
from .schemes.table import SCHEMES


def headline(step: steps.Step) -> str:
    """One short line that tells a step from others, for a list of steps."""
    match step:
        case steps.Initialize(scheme=scheme, where=where):
            return f"{SCHEMES[scheme].short_title} on {_place(where)}"
        case steps.Edit(tensor=tensor, formula=text):
            return f"{expression(tensor)}: {'; '.join(text.split(chr(10)))}"
        case steps.Tie(source=source, target=target):
            return f"{expression(target)} = {expression(source)}"
        case steps.Untie(name=name):
            return f"untie {expression(name)}"
        case steps.Forward():
            return "net(X)"
        case steps.Train(steps=times, learning_rate=rate):
            optimizer = "" if step.optimizer == "sgd" else f", {step.optimizer}"
            return f"train {times} step{'s' * (times != 1)}, lr {rate:g}{optimizer}"
        case steps.Custom(function=function, root=root):
            return f"{function or 'your code'} on {expression(root, 'get_submodule')}"
        case steps.FileInit(function=function, root=root):
            return f"{function} on {expression(root, 'get_submodule')}"
    assert_never(step)


def _place(where: steps.Where) -> str:
    match where:
        case steps.OneTensor(name=name):
            return expression(name)
        case steps.Pattern(pattern=pattern):
            return pattern
        case steps.Subtree(root=root, module_type=module_type, parameter=parameter):
            meant = ".".join(part for part in (module_type, parameter) if part)
            return f"{expression(root, 'get_submodule')} {meant}"
    assert_never(where)
