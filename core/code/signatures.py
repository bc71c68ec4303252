"""What a function wants to be given, from its name and its first argument: one decision for text and for objects.

An init is written as a function of a module (`def my_init(m)`), of a tensor (`def my_init_(w)`) or of the whole net
(`def init(net)`). The Code page reads that from a text that is not run, and the files of a command line are imported
and asked; both describe the function as a `Signature`, and the rest is decided here.
"""

import ast
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..recipe.steps import AppliesTo

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_TENSOR_NAMES = frozenset({"w", "weight", "weights", "t", "tensor", "p", "param", "parameter", "x"})
_NET_NAMES = frozenset({"net", "model"})
_TENSOR_TYPE = re.compile(r"(Tensor|Parameter)\b")


@dataclass(frozen=True)
class Signature:
    """How a function can be called.

    Attributes:
        name: as it is called; argument: name of its first positional argument, "" where it has none by name.
        annotation: of that argument, as text, "" where it has none.
        required: how many positional arguments it needs.
        takes_one: whether it can be called with a single value.
    """

    name: str
    argument: str
    annotation: str
    required: int
    takes_one: bool

    @property
    def applies_to(self) -> AppliesTo:
        """What it wants to be given, by its annotation, else by how it and its argument are called."""
        if _TENSOR_TYPE.search(self.annotation):
            return "tensors"
        if self.argument in _NET_NAMES:
            return "net"
        if self.argument and not self.annotation and (self.argument in _TENSOR_NAMES or self.name.endswith("_")):
            return "tensors"
        return "modules"


def of_text(node: FunctionNode) -> Signature:
    """Of a function that has been parsed."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    first = positional[0] if positional else None
    return _signature(
        name=node.name,
        argument=first.arg if first else "",
        annotation=ast.unparse(first.annotation) if first and first.annotation is not None else "",
        positional=len(positional),
        required=len(positional) - len(arguments.defaults),
        takes_more=arguments.vararg is not None,
        required_words=sum(default is None for default in arguments.kw_defaults),
    )


def of_function(name: str, function: Callable[..., Any]) -> Signature:
    """Of anything that can be called: a function, a lambda, a partial, an object with `__call__`."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # built in: torch's own take a tensor
        return Signature(name, "tensor", "Tensor", 1, takes_one=True)
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    first = positional[0] if positional else None
    annotated = first is not None and first.annotation is not first.empty
    return _signature(
        name=name,
        argument=first.name if first else "",
        annotation=str(first.annotation) if first and annotated else "",
        positional=len(positional),
        required=sum(p.default is p.empty for p in positional),
        takes_more=any(p.kind is p.VAR_POSITIONAL for p in parameters),
        required_words=sum(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters),
    )


def _signature(
    *,
    name: str,
    argument: str,
    annotation: str,
    positional: int,
    required: int,
    takes_more: bool,
    required_words: int,
) -> Signature:
    takes_one = required <= 1 and (positional > 0 or takes_more) and not required_words
    return Signature(name, argument, annotation, required, takes_one)
