"""Values of a checkpoint that are no numbers: no theory is promised that would find them."""

from torch import nn

from ..module.walk import named_tensors
from ..tensor.readable import viewable
from ..tensor.stats import summary
from ..text import count, plain


def not_finite(model: nn.Module) -> tuple[str, ...]:
    """A sentence for each distinct tensor that holds NaN or infinities, with how many."""
    found = []
    for entry in {id(entry.tensor): entry for entry in reversed(named_tensors(model))}.values():
        view, _ = viewable(entry.tensor)
        if view is None or not view.numel():
            continue
        values = summary(view)
        if values.nan or values.inf:
            said = f"{count(values.nan, 'NaN', 'NaN')} and {count(values.inf, 'infinity', 'infinities')}"
            found.append(f"not finite: {plain(entry.name, 60)}: {said} of {count(values.numel, 'value')}")
    return tuple(reversed(found))
