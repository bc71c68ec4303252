"""The lines of Python that one step of a recipe stands for, and what they need at the top of a script."""

import re
from dataclasses import dataclass
from typing import assert_never

from . import catalog, edit_formula
from .calling_code import calling
from .expression import indented, module_place, quoted, tensor_place
from .initialize_code import initialize_code, is_glob
from .own_names import apart, free, free_to_call, model_stands_apart, stands_apart
from .plain_code import is_plain
from .preamble import declaring, from_file
from .recipe import Recipe
from .seeding import run_seeding, seeding, step_seeding
from .source_batch import takes_of
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

#: What the namespaces of code are called that stands apart.
MODEL_NAMES, _STEP_NAMES = "model_code", "init_code"


def step_code(step: Step, recipe: Recipe) -> str:
    """The lines of one step."""
    match step:
        case Initialize():
            return initialize_code(step, recipe)
        case Edit(tensor=tensor, formula=text):
            return _edit(tensor, edit_formula.to_python(text), recipe)
        case Tie(source=source, target=target):
            return _assigned(target, _place(source, recipe), recipe)
        case Untie(name=name):
            return _assigned(name, f"{free('copy', recipe)}.deepcopy({_place(name, recipe)})", recipe)
        case Forward(seed=seed):
            targets = f"{free('X', recipe)}, {free('_', recipe)}"
            return f"{_batch(targets, seed, SAMPLE_ROWS, recipe)}\n{_call(free('X', recipe), recipe)}"
        case Train():
            return _train(step, recipe)
        case Custom(code=code):
            return _custom(step, declaring(code), recipe)
        case FileInit():
            return _file_init(step, recipe)
    assert_never(step)


@dataclass(frozen=True)
class Needs:
    """What a step's lines need before them: imports, and functions beside the model's builder in its file."""

    imports: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


def needs(step: Step, recipe: Recipe) -> Needs:
    """What the lines of a step need."""
    match step:
        case Initialize(where=where):
            imported = f"from fnmatch import fnmatchcase{_renamed('fnmatchcase', recipe)}"
            return Needs(imports=(imported,) if _globs(where) else ())
        case Edit(formula=text):
            return Needs(imports=("import math",) if "math." in edit_formula.to_python(text) else ())
        case Custom(code=code):
            given = "math" in code or stands_apart(step, recipe)
            return Needs(imports=("import math",) if given else ())
        case Untie():
            return Needs(imports=(f"import copy{_renamed('copy', recipe)}",))
        case Forward():
            return Needs(functions=("batch",))
        case Train():
            return Needs(functions=("batch", "loss"))
        case Tie() | FileInit():
            return Needs()
    assert_never(step)


def _renamed(name: str, recipe: Recipe) -> str:
    own = free(name, recipe)
    return "" if own == name else f" as {own}"


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
    return _batch(f"{free('X', recipe)}, {free('_', recipe)}", 0, SAMPLE_ROWS, recipe)


def gradient_code(name: str, recipe: Recipe, seed: int) -> str:
    """The lines that leave the gradient of a parameter on one training batch in its `.grad`."""
    inputs, targets = free("X", recipe), free("y", recipe)
    return "\n".join(
        [
            _batch(f"{inputs}, {targets}", seed, TRAIN_ROWS, recipe),
            f"{_loss(inputs, targets, recipe)}.backward()",
            f"{_tensor(name, recipe)}.grad  # the sum of what every use contributes",
        ]
    )


def _tensor(name: str, recipe: Recipe) -> str:
    return tensor_place(name, indexed=is_plain(recipe))


def _module(name: str, recipe: Recipe) -> str:
    return module_place(name, indexed=is_plain(recipe))


def _place(name: str, recipe: Recipe) -> str:
    """Of a parameter or of a module, whichever the model has under that name."""
    return _tensor(name, recipe) if name else _module(name, recipe)


def _assigned(name: str, value: str, recipe: Recipe) -> str:
    target = _place(name, recipe)
    owner, _, last = name.rpartition(".")
    if target.startswith("getattr("):
        return f"setattr({_module(owner, recipe)}, {quoted(last)}, {value})"
    return f"{target} = {value}"


def _edit(tensor: str, formula: str, recipe: Recipe) -> str:
    w = free("w", recipe)
    body = [f"{w} = {_tensor(tensor, recipe)}", *re.sub(r"\bw\b", w, formula).splitlines()]
    return "\n".join(["with torch.no_grad():", *indented(body)])


def _batch(targets: str, seed: int, rows: int, recipe: Recipe) -> str:
    """The lines that draw a batch of the model with a seed."""
    given = recipe.arguments if recipe.model in catalog.MODELS else ()
    arguments = ", ".join([str(rows), *(f"{name}={value!r}" for name, value in given)])
    return f"{run_seeding(seed, recipe)}\n{targets} = {of_the_model('batch', recipe)}({arguments})"


def _loss(inputs: str, targets: str, recipe: Recipe) -> str:
    return f"{of_the_model('loss', recipe)}({_call(inputs, recipe)}, {targets})"


def _call(inputs: str, recipe: Recipe) -> str:
    """The net on the inputs of a batch, given as its batch gives them."""
    takes = takes_of(recipe.source.code) if recipe.source else catalog.known()[recipe.model].takes
    return f"net({ {'one': '', 'several': '*', 'named': '**'}[takes] }{inputs})"


def of_the_model(name: str, recipe: Recipe) -> str:
    """What the model's code calls so, as the script reaches it."""
    return f'{free(MODEL_NAMES, recipe)}["{name}"]' if model_stands_apart(recipe) else name


def _train(step: Train, recipe: Recipe) -> str:
    inputs, targets, optimizer = (free(name, recipe) for name in ("X", "y", "optimizer"))
    return "\n".join(
        [
            _batch(f"{inputs}, {targets}", step.seed, TRAIN_ROWS, recipe),
            f"{optimizer} = torch.optim.{_OPTIMIZERS[step.optimizer].format(lr=repr(step.learning_rate))}",
            f"for {free('_', recipe)} in range({step.steps}):",
            f"    {optimizer}.zero_grad()",
            f"    {_loss(inputs, targets, recipe)}.backward()",
            f"    {optimizer}.step()",
        ]
    )


def _custom(step: Custom, code: str, recipe: Recipe) -> str:
    seeds = step_seeding(step, recipe)
    if not stands_apart(step, recipe):
        return "\n".join([seeds, code, *_calls(step, step.function, recipe, code)])
    names = free(_STEP_NAMES, recipe)
    made = "()" * step.function.endswith("()")
    calls = _calls(step, f'{names}["{step.function.removesuffix("()")}"]{made}', recipe, "")
    return "\n".join([seeds, apart(code, names, "net"), *calls])


def _file_init(step: FileInit, recipe: Recipe) -> str:
    """A file is imported before the step's seed: a replay has imported it long ago, from the seed 0."""
    file, _, function = step.function.rpartition(":")
    imported = re.split(r"\W", function)[0]
    called = free_to_call(imported, recipe)
    text = from_file(f"{file}:{imported}" if called == imported else f"{file}:{imported} as {called}")
    calls = _calls(step, called + function.removeprefix(imported), recipe, "")
    return "\n".join([seeding(0, recipe), text, seeding(step.seed, recipe), *calls])


def _calls(step: Custom | FileInit, function: str, recipe: Recipe, code: str) -> list[str]:
    """The lines that call a person's function on the step's place, after an empty one."""
    call = calling(step, function, _module(step.root, recipe), lambda name: free(name, recipe, code))
    return [""] * bool(call) + call
