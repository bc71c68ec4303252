"""Hooks on parameters, which change a gradient before or after it is put into `.grad`."""

import copy
from collections.abc import Callable
from functools import partial
from types import BuiltinMethodType, CellType, FunctionType
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
    """A deep copy, of a function with what it encloses or is bound to; what cannot be copied stays itself."""
    if isinstance(value, FunctionType):
        return _function(value, memo)
    if isinstance(value, partial):
        return partial(_copied(value.func, memo), *_copied(value.args, memo), **_copied(value.keywords, memo))
    if isinstance(value, BuiltinMethodType) and isinstance(value.__self__, list | dict | set):
        return getattr(_copied(value.__self__, memo), value.__name__)
    try:
        return copy.deepcopy(value, memo)
    except Exception:  # a hook may hold anything: a lock, a file
        return value


def _function(function: FunctionType, memo: dict[int, Any]) -> FunctionType:
    """`copy.deepcopy` gives a function itself, and so its closure, which may hold the model that is copied."""
    if id(function) in memo:
        found: FunctionType = memo[id(function)]
        return found
    closure = function.__closure__ or ()
    filled = [id(cell) in memo for cell in closure]
    cells: tuple[CellType, ...] = tuple(
        memo.setdefault(id(cell), CellType()) for cell in closure
    )  # hooks may share one
    code, name = function.__code__, function.__name__
    made = FunctionType(code, function.__globals__, name, None, cells or None)
    memo[id(function)] = made
    made.__defaults__ = _copied(function.__defaults__, memo)
    made.__kwdefaults__ = _copied(function.__kwdefaults__, memo)
    made.__dict__.update(_copied(function.__dict__, memo))
    for cell, own, is_filled in zip(closure, cells, filled, strict=True):
        if is_filled:
            continue
        try:
            content = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        own.cell_contents = _copied(content, memo)
    return made
