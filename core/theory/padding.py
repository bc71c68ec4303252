"""Padding rows of embeddings that are zero no longer, as a draw over the whole table leaves them."""

from torch import nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, named_tensors
from ..tensor.readable import known_shape, viewable


def lost_padding(model: nn.Module) -> dict[str, str]:
    """A clause on each embedding's table whose padding row holds other values than 0, by the table's qualified name.

    `nn.Embedding` and `nn.EmbeddingBag` zero that row when they are made (`padding_idx`), and never again.
    """
    found = {entry.name: _clause(entry) for entry in named_tensors(model)}
    return {name: clause for name, clause in found.items() if clause}


def padding_row(entry: NamedTensor) -> int | None:
    """Which row of an embedding's table is its padding, counted from 0; None of what has none."""
    owner, tensor = entry.owner, entry.tensor
    if not isinstance(owner, nn.Embedding | nn.EmbeddingBag) or owner.padding_idx is None or is_lazy(tensor):
        return None
    row, shape = owner.padding_idx, known_shape(tensor)
    is_one = tensor is owner.weight and shape is not None and len(shape) == 2 and -shape[0] <= row < shape[0]
    return row % shape[0] if is_one and shape else None


def _clause(entry: NamedTensor) -> str:
    row = padding_row(entry)
    values = None if row is None else viewable(entry.tensor)[0]
    lost = values is not None and bool((values[row] != 0).any())
    return f"row {row}, the padding, is not 0; zero it after the draw if it should be" if lost else ""
