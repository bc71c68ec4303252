"""Drawing a scheme into a tensor, and why it cannot be drawn into one."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import init
from torch.nn.parameter import is_lazy

from ..code.errors import OUTSIDE_INFERENCE, way_out
from ..recipe.schemes.scheme import Value
from ..recipe.schemes.table import SCHEMES
from ..text import error_line


def initialize(tensor: Tensor, scheme: str, options: Mapping[str, Value]) -> None:
    """Draw `scheme` into `tensor` in place, from the global random stream, by its function of `torch.nn.init`.

    Example:
        >>> import torch
        >>> weight = torch.empty(2, 3)
        >>> initialize(weight, "constant", {"val": 0.5})
        >>> weight
        tensor([[0.5000, 0.5000, 0.5000],
                [0.5000, 0.5000, 0.5000]])
    """
    chosen = SCHEMES[scheme]
    getattr(init, chosen.function)(tensor, **options, **dict(chosen.fixed))


def refusal(tensor: Tensor, scheme: str, options: Mapping[str, Value]) -> str | None:
    """Why `scheme` cannot apply to `tensor`, in torch's own words, or None when it can.

    The scheme runs on stand-ins. Neither the tensor nor the random stream is touched.
    """
    if is_lazy(tensor):
        return "it is uninitialized until the first forward pass; run one first"
    if tensor.is_meta:
        return "it is on the meta device and holds no data"
    if tensor.is_inference():
        return f"it is an inference tensor, which nothing may write to; {OUTSIDE_INFERENCE}"
    with torch.random.fork_rng(devices=[]):
        for stand_in in _stand_ins(tensor, options):
            try:
                if SCHEMES[scheme].decomposes and tensor.dim() > 1 and tensor.numel():
                    tensor.detach().view(tensor.shape[0], -1)  # which without data never fails
                initialize(stand_in, scheme, options)
            except (ValueError, RuntimeError, ArithmeticError, IndexError) as error:
                said, cure = error_line(error).rstrip("."), way_out(error)
                return f"{said}; {cure}" if cure else said
    return None


def _stand_ins(tensor: Tensor, options: Mapping[str, Value]) -> tuple[Tensor, ...]:
    """What torch refuses as it would refuse the tensor, and costs nothing to draw into.

    As a rule one of the same shape without data, which shows what the shape forbids, and one of the same dtype with as
    few elements as the options allow, which shows what the dtype forbids. A twin where neither would do: of a sparse
    tensor, an empty one, or an expanded one, whose rows are one row in memory.
    """
    if tensor.layout != torch.strided:
        return (tensor.detach().clone(),)
    if not tensor.numel() or any(n > 1 and not step for n, step in zip(tensor.shape, tensor.stride(), strict=True)):
        return (torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype),)
    groups = options.get("groups", 1)  # a Dirac delta needs a channel for each
    channels = groups if isinstance(groups, int) else 1
    few = (channels, *(1,) * (tensor.dim() - 1)) if tensor.dim() else ()
    return (
        torch.empty(tensor.shape, dtype=tensor.dtype, device="meta"),
        torch.empty(few, dtype=tensor.dtype),
    )
