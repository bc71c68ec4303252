"""One element of a tensor in letters: as torch prints it, and with every digit."""

import numpy as np
import torch
from torch import Tensor


def own_numbers(tensor: Tensor, view: Tensor) -> Tensor:
    """What is spelled of a tensor: itself where it lies densely in plain numbers, else its `viewable` form."""
    if tensor.layout != torch.strided or tensor.is_quantized:
        return view
    return tensor.detach().as_subclass(Tensor).cpu().resolve_conj().resolve_neg()


def printed(element: Tensor) -> str:
    """An element as torch prints it alone: `0.0010`, `-4.1152e+29`, `3`, `True`, `1.+2.j`."""
    return str(element).removeprefix("tensor(").partition(", ")[0].removesuffix(")")


def spelled(element: Tensor) -> str:
    """An element with as many digits as tell it from all others of its dtype: `0.001`, `-4.1152258e+29`."""
    value = element.item()
    if not isinstance(value, float) or element.dtype == torch.float64:
        return str(value)
    return str(np.float16(value) if element.dtype == torch.float16 else np.float32(value))
