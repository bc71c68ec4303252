"""What hooks on a parameter make of its gradient, and of each use's part of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..module.gradient_hooks import carry_hooks, gradient_hooks


def count_hooks(leaf: Tensor) -> int:
    """How many hooks the parameter has."""
    return sum(map(len, gradient_hooks(leaf)))


@contextmanager
def arrivals(leaf: Tensor) -> Iterator[list[Tensor]]:
    """The gradients that autograd gives to the parameter meanwhile, before its hooks; none of one without hooks."""
    found: list[Tensor] = []
    if not count_hooks(leaf):
        yield found
        return
    hooked: Any = leaf  # torch leaves the method untyped
    handle = hooked.register_hook(lambda grad: found.append(grad.detach().to_dense().clone()))
    hooks: Any = leaf._backward_hooks
    ours = {handle.id: hooks.pop(handle.id)}
    others = dict(hooks)
    hooks.clear()  # torch goes by the order in which they were put in, not by that of an OrderedDict
    hooks.update(ours | others)
    try:
        yield found
    finally:
        handle.remove()


def after_hooks(leaf: Tensor, parts: Sequence[Tensor], grad: Tensor) -> list[Tensor] | None:
    """What the parameter's hooks make of each part, if that adds up to `grad`, what they made of the sum; else None.

    They do where they scale or mask, and do not where they clip: then no part has a share of the result of its own.
    """
    if not count_hooks(leaf):
        return list(parts)
    try:
        changed = [_through_hooks(leaf, part) for part in parts]
    except Exception:  # a person's hook may raise anything on what it does not know
        return None
    if any(part.shape != grad.shape for part in changed):
        return None
    total, size = torch.stack(changed).sum(0), sum(part.abs() for part in changed)
    allowed = 8 * len(parts) * torch.finfo(grad.dtype).eps * size
    return changed if bool(((total - grad).abs() <= allowed).all()) else None


def _through_hooks(leaf: Tensor, part: Tensor) -> Tensor:
    """One part alone through copies of the hooks."""
    alone = nn.Parameter(leaf.detach().clone())
    carry_hooks(leaf, alone, {id(leaf): alone})
    before, after = gradient_hooks(alone)
    grad = part.clone()
    for hook in before:
        changed = hook(grad)
        grad = grad if changed is None else changed
    alone.grad = grad
    for hook in after:
        hook(alone)
    return torch.zeros_like(part) if alone.grad is None else alone.grad.detach().to_dense()
