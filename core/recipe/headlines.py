"""One short line for each step, that says what tells it from others: place, values, seed."""

from typing import assert_never

from ..text import first_line, plain
from . import steps
from .expression import expression
from .schemes.table import SCHEMES

#: Characters of one part of a line: a stranger may have made it long.
_PLACE, _FORMULA = 80, 120


def headline(step: steps.Step) -> str:
    """One short line that tells a step from others, for a list of steps; a stranger's words in it are plain text."""
    match step:
        case steps.Initialize():
            return _listed(f"{SCHEMES[step.scheme].short_title} on {_place(step.where)}", *_values(step))
        case steps.Edit(tensor=tensor, formula=text):
            return f"{_reached(tensor)}: {plain('; '.join(text.splitlines()), _FORMULA)}"
        case steps.Tie(source=source, target=target):
            return f"{_reached(target)} = {_reached(source)}"
        case steps.Untie(name=name):
            return f"untie {_reached(name)}"
        case steps.Forward(seed=seed):
            return _listed("net(X)", _seed(seed))
        case steps.Train(steps=times, learning_rate=rate):
            optimizer = "" if step.optimizer == "sgd" else step.optimizer
            return _listed(f"train {times} step{'s' * (times != 1)}", f"lr {rate:g}", optimizer, _seed(step.seed))
        case steps.Custom(function=function, code=code, root=root):
            what = plain(function, _PLACE) if function else f"your code ({plain(first_line(code), _PLACE)})"
            return _listed(f"{what} on {_module(root)}", _seed(step.seed))
        case steps.FileInit(function=function, root=root):
            return _listed(f"{plain(function, _PLACE)} on {_module(root)}", _seed(step.seed))
    assert_never(step)


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _values(step: steps.Initialize) -> list[str]:
    """Options that torch would not have taken by itself, and the seed where there is a draw."""
    scheme, given = SCHEMES[step.scheme], dict(step.options)
    told = [option for option in scheme.options if option.required or given[option.name] != option.default]
    return [*(f"{option.name}={_spelled(given[option.name])}" for option in told), _seed(step.seed) * step.random]


def _spelled(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else plain(str(value), _PLACE)


def _seed(seed: int) -> str:
    """A seed, but for the one that nobody has chosen."""
    return f"seed {seed}" if seed else ""


def _reached(tensor: str) -> str:
    return plain(expression(tensor), _PLACE)


def _module(root: str) -> str:
    return plain(expression(root, "get_submodule"), _PLACE)


def _place(where: steps.Where) -> str:
    match where:
        case steps.OneTensor(name=name):
            return _reached(name)
        case steps.Pattern(pattern=pattern):
            return plain(pattern, _PLACE)
        case steps.Subtree(root=root, module_type=module_type, parameter=parameter):
            meant = ".".join(part for part in (module_type, parameter) if part)
            return f"{_module(root)} {plain(meant, _PLACE)}"
    assert_never(where)
