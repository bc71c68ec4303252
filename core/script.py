"""The Python a person would have typed for a recipe; it needs torch and nothing of ours.

Written as text from the recipe alone, without torch, so that a page can show it beside everything a click does.
"""

import ast
import json
from collections.abc import Callable
from typing import Any

from core import formula
from core.access import expression
from core.initialization import SCHEMES
from core.models import catalog
from core.recipe import Recipe
from core.steps import (
    MOMENTUM,
    SAMPLE_ROWS,
    TRAIN_ROWS,
    Edit,
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
)

#: Module types that a script spells `nn.X`; others are found by their class name.
_TORCH_MODULES = frozenset(
    [
        "Linear",
        "Bilinear",
        "LazyLinear",
        "Conv1d",
        "Conv2d",
        "Conv3d",
        "ConvTranspose1d",
        "ConvTranspose2d",
        "ConvTranspose3d",
        "Embedding",
        "EmbeddingBag",
        "RNN",
        "LSTM",
        "GRU",
        "RNNCell",
        "LSTMCell",
        "GRUCell",
        "LayerNorm",
        "RMSNorm",
        "GroupNorm",
        "BatchNorm1d",
        "BatchNorm2d",
        "BatchNorm3d",
        "InstanceNorm1d",
        "InstanceNorm2d",
        "InstanceNorm3d",
        "PReLU",
        "MultiheadAttention",
        "TransformerEncoderLayer",
        "TransformerDecoderLayer",
        "Sequential",
    ]
)


_OPTIMIZERS: dict[OptimizerName, str] = {
    "sgd": "SGD(net.parameters(), lr={lr})",
    "momentum": f"SGD(net.parameters(), lr={{lr}}, momentum={MOMENTUM})",
    "adam": "Adam(net.parameters(), lr={lr})",
}


def to_script(recipe: Recipe) -> str:
    """Python text that leaves the model in `net`, bit-equal to `core.replay.replay(recipe)`."""
    parts = [_imports(recipe), catalog.source(recipe.model).strip(), _threads(recipe), build_code(recipe)]
    parts.extend(step_code(step, recipe) for step in recipe.steps)
    return "\n\n".join(part for part in parts if part) + "\n"


def build_code(recipe: Recipe) -> str:
    """The lines that build the model: the seed and the call, with the arguments that differ from the defaults."""
    defaults = {argument.name: argument.default for argument in catalog.MODELS[recipe.model].arguments}
    changed = ", ".join(f"{name}={value!r}" for name, value in recipe.arguments if value != defaults[name])
    return f"torch.manual_seed({recipe.seed})\nnet = {recipe.model}({changed})"


def step_code(step: Step, recipe: Recipe) -> str:
    """The lines of one step."""
    return _CODE[type(step)](step, recipe)


def gradient_code(name: str, recipe: Recipe, seed: int) -> str:
    """The lines that leave the gradient of a parameter on one training batch in its `.grad`."""
    return "\n".join(
        [
            f"torch.manual_seed({seed})",
            f"X, y = batch({_batch_arguments(TRAIN_ROWS, recipe)})",
            "loss(net(X), y).backward()",
            f"{expression(name)}.grad  # the sum of what every use contributes",
        ]
    )


def headline(step: Step) -> str:
    """One short line that tells a step from others, for a list of steps."""
    return _HEADLINES[type(step)](step)


def _imports(recipe: Recipe) -> str:
    wanted = []
    if any(isinstance(step, Untie) for step in recipe.steps):
        wanted.append("import copy")
    if any(isinstance(step, Edit) and "math." in formula.to_python(step.formula) for step in recipe.steps):
        wanted.append("import math")
    if any(isinstance(step, Initialize) and _globs(step) for step in recipe.steps):
        wanted.append("from fnmatch import fnmatchcase")
    return "\n".join(wanted)


def _threads(recipe: Recipe) -> str:
    """The line that makes sums and decompositions independent of how many cores share them out."""
    if any(_shared_out(step) for step in recipe.steps):
        return "torch.set_num_threads(1)  # the last bits of a sum depend on how many threads share it"
    return ""


def _shared_out(step: Step) -> bool:
    match step:
        case Forward() | Train():
            return True
        case Initialize(scheme=scheme):
            return scheme == "orthogonal"
        case Edit(formula=text):
            return formula.rounds(text)
    return False


def _globs(step: Initialize) -> bool:
    where = step.where
    return isinstance(where, Pattern) or (isinstance(where, Subtree) and _is_glob(where.parameter))


def _is_glob(pattern: str) -> bool:
    return any(character in pattern for character in "*?[")


def _initialize(step: Initialize, recipe: Recipe) -> str:
    lines = [f"torch.manual_seed({step.seed})"] if step.random else []
    match step.where:
        case OneTensor(name=name):
            lines.append(_draw(step, expression(name)))
        case Pattern(pattern=pattern):
            lines += [
                "for name, parameter in net.named_parameters():",
                f"    if fnmatchcase(name, {_quoted(pattern)}):",
                f"        {_draw(step, 'parameter')}",
            ]
        case Subtree() as where:
            lines += ["def init(m):", *_indented(_visit(step, where, recipe)), ""]
            lines.append(f"{expression(where.root, 'get_submodule')}.apply(init)")
    return "\n".join(lines)


def _visit(step: Initialize, where: Subtree, recipe: Recipe) -> list[str]:
    """The body of the function that `apply` calls: which modules, which of their own parameters."""
    named = f"name == {_quoted(where.parameter)}"
    if _is_glob(where.parameter):
        named = f"fnmatchcase(name, {_quoted(where.parameter)})"
    draw = [
        "for name, parameter in m.named_parameters(recurse=False):",
        *_indented([f"if {named}:", *_indented([_draw(step, "parameter")])]),
    ]
    if where.parameter in ("weight", "bias") and where.module_type in _TORCH_MODULES:
        optional = " and m.bias is not None" if where.parameter == "bias" else ""
        return [
            f"if {_type_test(where.module_type, recipe)}{optional}:",
            f"    {_draw(step, f'm.{where.parameter}')}",
        ]
    if where.module_type:
        return [f"if {_type_test(where.module_type, recipe)}:", *_indented(draw)]
    return draw


def _type_test(module_type: str, recipe: Recipe) -> str:
    defined = {node.name for node in ast.parse(catalog.source(recipe.model)).body if isinstance(node, ast.ClassDef)}
    if module_type in defined:
        return f"type(m) == {module_type}"
    if module_type in _TORCH_MODULES:
        return f"type(m) == nn.{module_type}"
    return f"type(m).__name__ == {_quoted(module_type)}"


def _draw(step: Initialize, target: str) -> str:
    scheme = SCHEMES[step.scheme]
    defaults = {option.name: option.default for option in scheme.options}
    required = {"val", "sparsity"}  # torch gives these no default
    options = "".join(
        f", {name}={value!r}" for name, value in step.options if name in required or value != defaults[name]
    )
    return f"nn.init.{scheme.function}({target}{options})"


def _edit(step: Edit, _recipe: Recipe) -> str:
    body = formula.to_python(step.formula).splitlines()
    return "\n".join(["with torch.no_grad():", f"    w = {expression(step.tensor)}", *_indented(body)])


def _tie(step: Tie, _recipe: Recipe) -> str:
    return _assigned(step.target, expression(step.source))


def _untie(step: Untie, _recipe: Recipe) -> str:
    return _assigned(step.name, f"copy.deepcopy({expression(step.name)})")


def _assigned(name: str, value: str) -> str:
    target = expression(name)
    if not target.endswith(")"):
        return f"{target} = {value}"
    owner, _, last = name.rpartition(".")
    return f"setattr({expression(owner, 'get_submodule')}, {_quoted(last)}, {value})"


def _forward(step: Forward, recipe: Recipe) -> str:
    return f"torch.manual_seed({step.seed})\nX, _ = batch({_batch_arguments(SAMPLE_ROWS, recipe)})\nnet(X)"


def _train(step: Train, recipe: Recipe) -> str:
    return "\n".join(
        [
            f"torch.manual_seed({step.seed})",
            f"X, y = batch({_batch_arguments(TRAIN_ROWS, recipe)})",
            f"optimizer = torch.optim.{_OPTIMIZERS[step.optimizer].format(lr=repr(step.learning_rate))}",
            f"for _ in range({step.steps}):",
            "    optimizer.zero_grad()",
            "    loss(net(X), y).backward()",
            "    optimizer.step()",
        ]
    )


def _batch_arguments(rows: int, recipe: Recipe) -> str:
    return ", ".join([str(rows), *(f"{name}={value!r}" for name, value in recipe.arguments)])


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line else line for line in lines]


def _quoted(text: str) -> str:
    """A Python literal in ASCII, in double quotes where JSON's escapes are Python's (of an emoji they are not)."""
    return json.dumps(text) if text.isascii() else ascii(text)


def _initialize_headline(step: Initialize) -> str:
    match step.where:
        case OneTensor(name=name):
            place = expression(name)
        case Pattern(pattern=pattern):
            place = pattern
        case Subtree() as where:
            meant = ".".join(part for part in (where.module_type, where.parameter) if part)
            place = f"{expression(where.root, 'get_submodule')} {meant}"
    return f"{SCHEMES[step.scheme].function} on {place}"


def _train_headline(step: Train) -> str:
    optimizer = "" if step.optimizer == "sgd" else f", {step.optimizer}"
    return f"train {step.steps} step{'s' * (step.steps != 1)}, lr {step.learning_rate:g}{optimizer}"


_CODE: dict[type, Callable[[Any, Recipe], str]] = {
    Initialize: _initialize,
    Edit: _edit,
    Tie: _tie,
    Untie: _untie,
    Forward: _forward,
    Train: _train,
}
_HEADLINES: dict[type, Callable[[Any], str]] = {
    Initialize: _initialize_headline,
    Edit: lambda step: f"{expression(step.tensor)}: {'; '.join(step.formula.split(chr(10)))}",
    Tie: lambda step: f"{expression(step.target)} = {expression(step.source)}",
    Untie: lambda step: f"untie {expression(step.name)}",
    Forward: lambda _: "net(X)",
    Train: _train_headline,
}
