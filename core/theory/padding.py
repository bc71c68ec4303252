"""Padding rows of embeddings that are zero no longer, as a draw over the whole table leaves them."""

from torch import nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, named_tensors
from ..tensor.readable import viewable


def lost_padding(model: nn.Module) -> dict[str, str]:
    """A clause on each embedding's table whose padding row holds other values than 0, by the table's qualified name.

    `nn.Embedding` and `nn.EmbeddingBag` zero that row when they are made (`padding_idx`), and never again.
    """
    found = {entry.name: _clause(entry) for entry in named_tensors(model)}
    return {name: clause for name, clause in found.items() if clause}


def _clause(entry: NamedTensor) -> str:
    owner, tensor = entry.owner, entry.tensor
    if not isinstance(owner, nn.Embedding | nn.EmbeddingBag) or owner.padding_idx is None or is_lazy(tensor):
        return ""
    values, row = viewable(tensor)[0], owner.padding_idx
    if tensor is not owner.weight or values is None or values.dim() != 2 or not -len(values) <= row < len(values):
        return ""
    lost = bool((values[row] != 0).any())
    return f"row {row}, the padding, is not 0; zero it after the draw if it should be" if lost else ""
