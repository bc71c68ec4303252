"""Values that are no finite numbers: told of every tensor, also where nothing is promised of it."""

import torch
from torch import Tensor

from ..tensor.readable import viewable
from ..text import count


def not_finite(tensor: Tensor) -> str:
    """How many values are NaN or infinite, as a clause; "" where none is, or none can be looked at."""
    values = viewable(tensor)[0]
    if values is None or not values.is_floating_point():
        return ""
    kinds = (("NaN", torch.isnan(values)), ("∞", values == torch.inf), ("−∞", values == -torch.inf))
    found = [(name, int(where.sum())) for name, where in kinds]
    found = [(name, hits) for name, hits in found if hits]
    if not found:
        return ""
    if len(found) == 1 and found[0][1] == values.numel():
        return f"all {values.numel():,} values are {found[0][0]}" if values.numel() > 1 else f"it is {found[0][0]}"
    said = ", ".join(f"{hits:,} {'is' if hits == 1 else 'are'} {name}" for name, hits in found)
    return f"of {count(values.numel(), 'value')} {said}"
