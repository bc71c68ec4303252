"""What arithmetic leaves of a number in a tensor's own dtype, by carrying it out once more with one value."""

from collections.abc import Callable, Mapping
from contextlib import suppress

import torch
from torch import Tensor

from ..questions.story import Story
from ..recipe.schemes.promise import Exactly, Promise
from .rounding import dtype_named, filled

_Numbers = Mapping[str, float]


def carried(before: Promise, change: Story, numbers: _Numbers) -> float | None:
    """What the change leaves of the one number that was promised, by torch; None where it is not known.

    Args:
        before: what was promised; change: the operation; numbers: that it was given.
    """
    exactly, dtype = before.structure, dtype_named(change.dtype)
    operation = _OPERATIONS.get(change.function.rstrip("_"))
    if not isinstance(exactly, Exactly) or dtype is None or operation is None:
        return None
    start = exactly.value if exactly.kind == "constant" else exactly.scale
    start = start if before.carried is None else before.carried
    with suppress(RuntimeError, KeyError, OverflowError):
        return float(operation(filled(start, dtype, dtype).reshape(1), numbers))
    return None


_OPERATIONS: Mapping[str, Callable[[Tensor, _Numbers], Tensor]] = {
    "mul": lambda w, numbers: w.mul(numbers["other"]),
    "div": lambda w, numbers: w.div(numbers["other"]),
    "add": lambda w, numbers: w.add(numbers["other"], alpha=numbers.get("alpha", 1)),
    "sub": lambda w, numbers: w.sub(numbers["other"], alpha=numbers.get("alpha", 1)),
    "rsub": lambda w, numbers: torch.rsub(w, numbers["other"], alpha=numbers.get("alpha", 1)),
    "neg": lambda w, _: -w,
    "flip": lambda w, _: w,
    "roll": lambda w, _: w,
}
