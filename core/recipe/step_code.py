"""The lines of Python that one step of a recipe stands for."""

import ast
import json
import re
from collections.abc import Callable
from typing import Any

from . import catalog, formula
from .expectations import WORDS
from .expression import expression
from .recipe import Recipe
from .schemes import call_code
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


def step_code(step: Step, recipe: Recipe) -> str:
    """The lines of one step."""
    return _CODE[type(step)](step, recipe)


def gradient_code(name: str, recipe: Recipe, seed: int) -> str:
    """The lines that leave the gradient of a parameter on one training batch in its `.grad`."""
    return "\n".join(
        [
            model_seeding(seed, recipe),
            f"X, y = batch({_batch_arguments(TRAIN_ROWS, recipe)})",
            "loss(net(X), y).backward()",
            f"{expression(name)}.grad  # the sum of what every use contributes",
        ]
    )


def seeding(seed: int, code: str = "random") -> str:
    """The lines that seed what `code` may draw from; of code that is not at hand, everything."""
    others = [
        f"import random; random.seed({seed})",
        f"import numpy; numpy.random.seed({seed % 2**32})",
    ]
    return "\n".join([f"torch.manual_seed({seed})", *(others if re.search(r"\brandom\b", code) else [])])


def model_seeding(seed: int, recipe: Recipe) -> str:
    """The lines that seed what the model's own code may draw from."""
    if catalog.is_own(recipe.model):
        return seeding(seed)
    return seeding(seed, recipe.source.code if recipe.source else "")


def declaring(code: str) -> str:
    """Code as it runs without Paramscope, whose words in `expects = ...` then mean nothing."""
    words = (
        [word for word in WORDS if re.search(rf"\b{word}\(", code)]
        if re.search(r"^expects\b", code, re.MULTILINE)
        else []
    )
    meaningless = f"{' = '.join(words)} = lambda *_, **__: None  # the words of expects, which only Paramscope reads"
    return "\n".join([*([meaningless] if words else []), code.strip()])


def from_file(function: str, *more: str) -> str:
    """The line that imports a function of one of the operator's files."""
    file, _, name = function.rpartition(":")
    note = f"  # {file} of this Paramscope's command line" if file.endswith(".py") else ""
    return f"from {file.removesuffix('.py')} import {', '.join([name, *more])}{note}"


def is_glob(pattern: str) -> bool:
    """Whether a name is a shell pattern."""
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
    if is_glob(where.parameter):
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
    if recipe.model in catalog.MODELS and module_type in _classes(catalog.source(recipe.model)):
        return f"type(m) == {module_type}"
    if module_type in _TORCH_MODULES:
        return f"type(m) == nn.{module_type}"
    return f"type(m).__name__ == {_quoted(module_type)}"


def _classes(source: str) -> set[str]:
    return {node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _draw(step: Initialize, target: str) -> str:
    return call_code(step.scheme, step.options, target)


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
    return f"{model_seeding(step.seed, recipe)}\nX, _ = batch({_batch_arguments(SAMPLE_ROWS, recipe)})\nnet(X)"


def _train(step: Train, recipe: Recipe) -> str:
    return "\n".join(
        [
            model_seeding(step.seed, recipe),
            f"X, y = batch({_batch_arguments(TRAIN_ROWS, recipe)})",
            f"optimizer = torch.optim.{_OPTIMIZERS[step.optimizer].format(lr=repr(step.learning_rate))}",
            f"for _ in range({step.steps}):",
            "    optimizer.zero_grad()",
            "    loss(net(X), y).backward()",
            "    optimizer.step()",
        ]
    )


def _custom(step: Custom | FileInit, _recipe: Recipe) -> str:
    place = expression(step.root, "get_submodule")
    function = step.function.rpartition(":")[2]
    code = from_file(step.function) if isinstance(step, FileInit) else declaring(step.code)
    call = {
        "modules": [f"{place}.apply({function})"],
        "tensors": [
            "with torch.no_grad():",
            f"    for parameter in {place}.parameters():",
            f"        {function}(parameter)",
        ],
        "net": [f"{function}({place})"],
        "statements": [],
    }[step.applies_to]
    seeds = seeding(step.seed) if isinstance(step, FileInit) else seeding(step.seed, step.code)
    return "\n".join([seeds, code, *([""] if call else []), *call])


def _batch_arguments(rows: int, recipe: Recipe) -> str:
    given = recipe.arguments if recipe.model in catalog.MODELS else ()
    return ", ".join([str(rows), *(f"{name}={value!r}" for name, value in given)])


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line else line for line in lines]


def _quoted(text: str) -> str:
    """A Python literal in ASCII, in double quotes where JSON's escapes are Python's (of an emoji they are not)."""
    return json.dumps(text) if text.isascii() else ascii(text)


_CODE: dict[type, Callable[[Any, Recipe], str]] = {
    Initialize: _initialize,
    Edit: _edit,
    Tie: _tie,
    Untie: _untie,
    Forward: _forward,
    Train: _train,
    Custom: _custom,
    FileInit: _custom,
}
