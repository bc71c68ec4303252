"""Hooks on parameters, which change a gradient before or after it is put into `.grad`."""

import copy
from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

from torch import Tensor

Hook = Callable[[Tensor], Any]


def gradient_hooks(tensor: Tensor) -> tuple[list[Hook], list[Hook]]:
    """Those of `register_hook`, and those of `register_post_accumulate_grad_hook`, in the order they run."""
    before: dict[int, Hook] = getattr(tensor, "_backward_hooks", None) or {}
    after: dict[int, Hook] = getattr(tensor, "_post_accumulate_grad_hooks", None) or {}
    return list(before.values()), list(after.values())


def carry_hooks(tensor: Tensor, to: Any, memo: dict[int, Any]) -> None:
    """Give the tensor `to` copies of the hooks of `tensor`; `memo`, as of `copy.deepcopy`: what stands for what."""
    before, after = gradient_hooks(tensor)
    for hook in before:
        to.register_hook(_copied(hook, memo))
    for hook in after:
        to.register_post_accumulate_grad_hook(_copied(hook, memo))


def share_hooks(tensor: Tensor, to: Any) -> None:
    """Give the tensor `to` the hooks of `tensor` themselves."""
    before, after = gradient_hooks(tensor)
    for hook in before:
        to.register_hook(hook)
    for hook in after:
        to.register_post_accumulate_grad_hook(hook)


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    """A deep copy, of a function with what it encloses; what cannot be copied stays itself."""
    if isinstance(value, FunctionType):
        return _function(value, memo)
    try:
        return copy.deepcopy(value, memo)
    except Exception:  # a hook may hold anything: a lock, a file
        return value


def _function(function: FunctionType, memo: dict[int, Any]) -> FunctionType:
    """`copy.deepcopy` gives a function itself, and so its closure, which may hold the model that is copied."""
    if id(function) in memo:
        found: FunctionType = memo[id(function)]
        return found
    cells = tuple(CellType() for _ in function.__closure__ or ())
    code, name = function.__code__, function.__name__
    made = FunctionType(code, function.__globals__, name, None, cells or None)
    memo[id(function)] = made
    made.__defaults__ = _copied(function.__defaults__, memo)
    made.__kwdefaults__ = _copied(function.__kwdefaults__, memo)
    made.__dict__.update(_copied(function.__dict__, memo))
    for cell, own in zip(function.__closure__ or (), cells, strict=True):
        try:
            content = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        own.cell_contents = _copied(content, memo)
    return made
