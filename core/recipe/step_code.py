"""The lines of Python that one step of a recipe stands for, and what they need at the top of a script."""

from dataclasses import dataclass
from typing import assert_never

from . import catalog, edit_formula
from .calling_code import calling
from .expression import expression, indented, quoted
from .initialize_code import initialize_code, is_glob
from .preamble import declaring, from_file, model_seeding, seeding
from .recipe import Recipe
from .steps import (
    MOMENTUM,
    SAMPLE_ROWS,
    TRAIN_ROWS,
    Custom,
    Edit,
    FileInit,
    Forward,
    Initialize,
    OneTensor,
    OptimizerName,
    Pattern,
    Step,
    Subtree,
    Tie,
    Train,
    Untie,
    Where,
)

_OPTIMIZERS: dict[OptimizerName, str] = {
    "sgd": "SGD(net.parameters(), lr={lr})",
    "momentum": f"SGD(net.parameters(), lr={{lr}}, momentum={MOMENTUM})",
    "adam": "Adam(net.parameters(), lr={lr})",
}


def step_code(step: Step, recipe: Recipe) -> str:
    """The lines of one step."""
    match step:
        case Initialize():
            return initialize_code(step, recipe)
        case Edit(tensor=tensor, formula=text):
            body = [f"w = {expression(tensor)}", *edit_formula.to_python(text).splitlines()]
            return "\n".join(["with torch.no_grad():", *indented(body)])
        case Tie(source=source, target=target):
            return _assigned(target, expression(source))
        case Untie(name=name):
            return _assigned(name, f"copy.deepcopy({expression(name)})")
        case Forward(seed=seed):
            return f"{_batch('X, _', seed, SAMPLE_ROWS, recipe)}\nnet(X)"
        case Train():
            return _train(step, recipe)
        case Custom(code=code, seed=seed):
            return _called_on(step, step.function, seeding(seed, code), declaring(code))
        case FileInit(function=function, seed=seed):
            return _called_on(step, function.rpartition(":")[2], seeding(seed), from_file(function))
    assert_never(step)


@dataclass(frozen=True)
class Needs:
    """What a step's lines need before them: imports, and functions beside the model's builder in its file."""

    imports: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


def needs(step: Step) -> Needs:
    """What the lines of a step need."""
    match step:
        case Initialize(where=where):
            return Needs(imports=("from fnmatch import fnmatchcase",) if _globs(where) else ())
        case Edit(formula=text):
            return Needs(imports=("import math",) if "math." in edit_formula.to_python(text) else ())
        case Custom(code=code):
            return Needs(imports=("import math",) if "math" in code else ())
        case Untie():
            return Needs(imports=("import copy",))
        case Forward():
            return Needs(functions=("batch",))
        case Train():
            return Needs(functions=("batch", "loss"))
        case Tie() | FileInit():
            return Needs()
    assert_never(step)


def _globs(where: Where) -> bool:
    match where:
        case Pattern():
            return True
        case Subtree(parameter=parameter):
            return is_glob(parameter)
        case OneTensor():
            return False
    assert_never(where)


def sample_code(recipe: Recipe) -> str:
    """The lines that draw the sample input that a net is shown to answer."""
    return _batch("X, _", 0, SAMPLE_ROWS, recipe)


def gradient_code(name: str, recipe: Recipe, seed: int) -> str:
    """The lines that leave the gradient of a parameter on one training batch in its `.grad`."""
    return "\n".join(
        [
            _batch("X, y", seed, TRAIN_ROWS, recipe),
            "loss(net(X), y).backward()",
            f"{expression(name)}.grad  # the sum of what every use contributes",
        ]
    )


def _assigned(name: str, value: str) -> str:
    target = expression(name)
    if not target.endswith(")"):
        return f"{target} = {value}"
    owner, _, last = name.rpartition(".")
    return f"setattr({expression(owner, 'get_submodule')}, {quoted(last)}, {value})"


def _batch(targets: str, seed: int, rows: int, recipe: Recipe) -> str:
    """The lines that draw a batch of the model with a seed."""
    given = recipe.arguments if recipe.model in catalog.MODELS else ()
    arguments = ", ".join([str(rows), *(f"{name}={value!r}" for name, value in given)])
    return f"{model_seeding(seed, recipe)}\n{targets} = batch({arguments})"


def _train(step: Train, recipe: Recipe) -> str:
    return "\n".join(
        [
            _batch("X, y", step.seed, TRAIN_ROWS, recipe),
            f"optimizer = torch.optim.{_OPTIMIZERS[step.optimizer].format(lr=repr(step.learning_rate))}",
            f"for _ in range({step.steps}):",
            "    optimizer.zero_grad()",
            "    loss(net(X), y).backward()",
            "    optimizer.step()",
        ]
    )


def _called_on(step: Custom | FileInit, function: str, seeds: str, code: str) -> str:
    """The lines that seed, define or import a person's function, and call it on the step's place."""
    call = calling(step, function)
    return "\n".join([seeds, code, *([""] if call else []), *call])
