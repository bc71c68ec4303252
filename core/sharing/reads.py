"""Whether a forward pass reads a tensor at all, also where no graph of it is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from ..module.dispatch_mode import DispatchMode
from .graph import tensors_in


class Reads(DispatchMode):
    """Within it, `found` becomes true once an operation is given a tensor of the leaf's memory."""

    def __init__(self, leaf: Tensor) -> None:
        super().__init__()
        self._at, self.found = leaf.untyped_storage().data_ptr(), False

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Carry the operation out."""
        given = kwargs or {}
        self.found = self.found or any(
            each.untyped_storage().data_ptr() == self._at for each in tensors_in((args, given)) if each.numel()
        )
        return func(*args, **given)
