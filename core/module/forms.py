"""The ways in which a tensor keeps its values, each taken apart and put together again."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..questions.handover import HeldTensor, TensorForm

_COMPRESSED = {
    str(layout).removeprefix("torch."): layout
    for layout in (torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc)
}


def form_of(tensor: Tensor) -> TensorForm:
    """How a tensor keeps its values.

    Raises:
        ValueError: in a way that only its own process can read.
    """
    if is_lazy(tensor):
        return "lazy"
    if type(tensor) not in (Tensor, nn.Parameter, nn.Buffer) or tensor.is_nested:
        kind = "nested tensor" if tensor.is_nested else type(tensor).__name__
        raise ValueError(f"a {kind} cannot leave the process that runs the code; make it a plain tensor")
    if tensor.is_meta:
        return "meta"
    if tensor.device.type != "cpu" or tensor.is_conj() or tensor.is_neg():
        where = "a conjugated view" if tensor.device.type == "cpu" else f"a tensor on {tensor.device}"
        raise ValueError(f"{where} cannot leave the process that runs the code; make it a plain tensor on the CPU")
    if tensor.is_quantized:
        if tensor.qscheme() not in (torch.per_tensor_affine, torch.per_tensor_symmetric):
            raise ValueError("a tensor quantized by channel cannot leave the process that runs the code; dequantize it")
        return "quantized"
    if tensor.layout == torch.sparse_coo:
        return "sparse_coo"
    return "strided" if tensor.layout == torch.strided else "compressed"


def parts_of(tensor: Tensor, form: TensorForm) -> tuple[Tensor, ...]:
    """The strided tensors that a sparse or quantized one consists of."""
    if form in ("lazy", "meta", "strided"):
        return ()
    tensor = tensor.detach()
    if form == "quantized":
        return (tensor.int_repr(),)
    if form == "sparse_coo":
        return tensor._indices(), tensor._values()
    rows = tensor.layout in (torch.sparse_csr, torch.sparse_bsr)
    pointers = (tensor.crow_indices(), tensor.col_indices()) if rows else (tensor.ccol_indices(), tensor.row_indices())
    return (*pointers, tensor.values())


def numbers_of(tensor: Tensor, form: TensorForm) -> tuple[float, ...]:
    """What belongs to a tensor beside its parts: scale and zero point, or whether no index stands twice."""
    if form == "quantized":
        return tensor.q_scale(), float(tensor.q_zero_point())
    return (float(tensor.is_coalesced()),) if form == "sparse_coo" else ()


def put_together(held: HeldTensor, parts: Sequence[Tensor]) -> Tensor:
    """The tensor of those parts; whatever does not fit raises what torch raises."""
    if held.form == "quantized":
        scale, zero_point = held.numbers
        return torch._make_per_tensor_quantized_tensor(parts[0], scale, int(zero_point))
    if held.form == "sparse_coo":
        (coalesced,) = held.numbers
        return torch.sparse_coo_tensor(
            parts[0], parts[1], held.shape, is_coalesced=bool(coalesced), check_invariants=True
        )
    pointers, indices, values = parts
    layout = _COMPRESSED[held.layout]
    return torch.sparse_compressed_tensor(pointers, indices, values, held.shape, layout=layout, check_invariants=True)
