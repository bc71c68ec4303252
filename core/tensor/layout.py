"""How a tensor of any rank is laid flat as a picture, and where its blocks and kernels begin."""

from math import prod
from typing import TYPE_CHECKING

from ..questions.picture import Block, Layout

if TYPE_CHECKING:
    from torch import Tensor


#: Layer types -> names of the weight's axes.
_AXES = {
    "Linear": ("out", "in"),
    "NonDynamicallyQuantizableLinear": ("out", "in"),
    "Bilinear": ("out", "in1", "in2"),
    "Conv1d": ("out", "in", "k"),
    "Conv2d": ("out", "in", "kh", "kw"),
    "Conv3d": ("out", "in", "kd", "kh", "kw"),
    "ConvTranspose1d": ("in", "out", "k"),
    "ConvTranspose2d": ("in", "out", "kh", "kw"),
    "ConvTranspose3d": ("in", "out", "kd", "kh", "kw"),
    "Embedding": ("token", "dim"),
    "EmbeddingBag": ("token", "dim"),
}
_GATES = {"LSTM": "ifgo", "LSTMCell": "ifgo", "GRU": "rzn", "GRUCell": "rzn"}


def default_layout(shape: tuple[int, ...]) -> Layout:
    """The layout shown first: a strip for one axis, rows by columns for two, a grid of kernels for more.

    Convolution weights (out, in, kh, kw) become out·kh rows by in·kw columns, so that each kernel stays a picture.
    """
    match len(shape):
        case 0:
            return Layout()
        case 1:
            return Layout((), (0,))
        case 2:
            return Layout((0,), (1,))
        case 3:
            return Layout((0,), (1, 2))
        case 4:
            return Layout((0, 2), (1, 3))
        case rank:
            return Layout((0, rank - 2), (*range(1, rank - 2), rank - 1))


def lay_flat(tensor: "Tensor", layout: Layout) -> "Tensor":
    """The tensor as a matrix, each axis of it running down, across, or cut at one index.

    Raises:
        ValueError: an axis is missing, named twice, or cut outside its size.
    """
    axes = (*layout.rows, *layout.columns, *(axis for axis, _ in layout.fixed))
    if sorted(axes) != list(range(tensor.dim())):
        raise ValueError(
            f"the layout names axes {sorted(axes)}, the tensor has axes 0 to {tensor.dim() - 1}; name each once"
        )
    for axis, index in layout.fixed:
        if not 0 <= index < tensor.shape[axis]:
            raise ValueError(
                f"axis {axis} is cut at {index}, but its size is {tensor.shape[axis]}; choose a smaller index"
            )
    laid = tensor.permute(axes)
    for _, index in reversed(layout.fixed):
        laid = laid[..., index]
    rows, columns = (prod(tensor.shape[axis] for axis in part) for part in (layout.rows, layout.columns))
    return laid.reshape(rows, columns)


def axis_names(owner_type: str, parameter: str, rank: int) -> tuple[str, ...]:
    """What each axis counts, in the layer's own words where they are known, else `axis 0`, `axis 1` and so on."""
    if parameter == "weight" and owner_type in _AXES and len(_AXES[owner_type]) == rank:
        return _AXES[owner_type]
    if owner_type in _GATES or owner_type == "MultiheadAttention":
        return {2: ("out", "in"), 1: ("out",)}.get(rank, tuple(f"axis {i}" for i in range(rank)))
    return ("out",) if rank == 1 else tuple(f"axis {i}" for i in range(rank))


def row_blocks(owner_type: str, parameter: str, shape: tuple[int, ...]) -> tuple[Block, ...]:
    """Parts of the first axis that are weights of their own: recurrent gates, packed q, k and v.

    A plain layer called `qkv`, `c_attn` or `in_proj` with three times as many outputs as inputs counts as packed.
    """
    labels: tuple[str, ...] = ()
    if owner_type in _GATES:
        labels = tuple(_GATES[owner_type])
    elif parameter.startswith("in_proj_") or (
        len(shape) > 1 and shape[0] == 3 * shape[1] and any(hint in parameter for hint in ("qkv", "c_attn", "in_proj"))
    ):
        labels = ("q", "k", "v")
    if not labels or not shape or shape[0] % len(labels) or parameter.rpartition(".")[2].startswith("weight_hr"):
        return ()
    size = shape[0] // len(labels)
    return tuple(Block(label, i * size, (i + 1) * size) for i, label in enumerate(labels))


def grid_steps(shape: tuple[int, ...], layout: Layout) -> tuple[int, int]:
    """Rows and columns after which a new kernel begins; 0 where there is no inner axis."""
    row_step, column_step = (
        prod(shape[axis] for axis in part[1:]) if len(part) > 1 else 0 for part in (layout.rows, layout.columns)
    )
    return row_step, column_step
