"""Checkpoints with the graph of their parts kept: the same numbers, and nothing is called anew in the backward pass."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.utils.checkpoint
from torch import Tensor


@contextmanager
def graphs_kept(*, reentrant: bool = False) -> Iterator[None]:
    """Meanwhile a checkpoint that is not reentrant keeps its graph, and a reentrant one too where asked.

    Those names are torch's own; without them checkpoints recompute as ever.
    """
    module: Any = torch.utils.checkpoint
    with _instead(module, "_checkpoint_without_reentrant_generator", _nothing_around):
        if not reentrant:
            yield
            return
        with _instead(module, "CheckpointFunction", _Plainly):
            yield


@contextmanager
def _instead(module: Any, name: str, other: Any) -> Iterator[None]:
    own = getattr(module, name, None)
    if own is None:
        yield
        return
    setattr(module, name, other)
    try:
        yield
    finally:
        setattr(module, name, own)


def _nothing_around(*_args: Any, **_kwargs: Any) -> Iterator[None]:
    """What stands around a checkpointed part: nothing before it, nothing after it."""
    yield


class _Plainly:
    """A reentrant checkpoint without its recomputing; nothing that goes in requires a gradient: none comes out."""

    @staticmethod
    def apply(function: Callable[..., Any], _preserve: bool, *args: Any) -> Any:
        """As `CheckpointFunction.apply`."""
        requires = any(isinstance(arg, Tensor) and arg.requires_grad for arg in args)
        with torch.set_grad_enabled(torch.is_grad_enabled() and requires):
            return function(*args)
