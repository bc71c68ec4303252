"""Under which of its names code reached a tied tensor, as the code's text and its variables tell."""

import ast
from collections import ChainMap
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

from torch import Tensor, nn

from ..module.walk import NamedTensor, split
from .places import Place, Sight, is_boundary, text_at


def reached(entries: Sequence[NamedTensor], seen: Sight, sources: Mapping[str, str]) -> str:
    """The one of these names that the code went by, "" where that cannot be told.

    Args:
        entries: one tensor under each of its names. seen: an operation on it. sources: texts of code by file name.
    """
    frame = seen.frame
    while frame is not None and not is_boundary(frame):
        place = Place(frame.f_code, frame.f_lasti, frame.f_lineno)
        for owner, last in _attributes(text_at(place, sources), frame):
            for entry in entries:
                if entry.owner is owner and split(entry.name)[1] == last:
                    return entry.name
        if name := _named(entries, frame):
            return name
        frame = frame.f_back
    return ""


def _attributes(text: str, frame: FrameType) -> list[tuple[object, str]]:
    """Each `module.name` in an expression: the module, found without running anything, and the name."""
    try:
        tree = ast.parse(text.strip().rstrip(":"))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    variables = ChainMap(dict(frame.f_locals), frame.f_globals)
    return [
        (owner, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and (owner := module_in(node.value, variables)) is not None
    ]


def module_in(node: ast.expr, variables: Mapping[str, object]) -> nn.Module | None:
    """The module that an expression means, found in the registries without running anything; None for any other."""
    value: Any = None
    match node:
        case ast.Name(id=name):
            value = variables.get(name)
        case ast.Attribute(value=of, attr=name):
            value = _children(of, variables).get(name)
        case ast.Subscript(value=of, slice=ast.Constant() | ast.UnaryOp() as index):
            children, key = _children(of, variables), _constant(index)
            if isinstance(key, int) and -len(children) <= key < len(children):
                value = list(children.values())[key]
            elif isinstance(key, str):
                value = children.get(key)
    return value if isinstance(value, nn.Module) else None


def _named(entries: Sequence[NamedTensor], frame: FrameType) -> str:
    """The one name that a loop over names holds together with the tensor."""
    names = {entry.name for entry in entries}
    tensor = entries[0].tensor
    values = list(frame.f_locals.values())
    if not any(value is tensor for value in values if isinstance(value, Tensor)):
        return ""
    held = {value for value in values if type(value) is str and value in names}
    return held.pop() if len(held) == 1 else ""


def _children(node: ast.expr, variables: Mapping[str, object]) -> Mapping[str, nn.Module | None]:
    module = module_in(node, variables)
    return {} if module is None else module._modules


def _constant(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
