"""What of a model's weights will not change in training, or will not change apart: equal units, zero layers, rank.

Nothing of it can be read off a tensor alone: it takes the layer's bias, what comes after it, and its groups.
"""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor, nn

from ..module.walk import NamedTensor, join, named_tensors, split
from ..questions.theory import Verdict
from ..tensor.readable import is_stored
from ..text import count
from . import structure
from .equal_units import CONVOLUTIONS, LAYERS, units_that_stay_equal
from .forward_graph import ForwardGraph, forward_graph
from .zero_layers import fate, is_zero

#: A sentence each, by the tensor's name.
Lamps = Mapping[str, tuple[str, ...]]


_PASSES = "as long as it is zero, nothing passes through this layer, and no gradient back to what is before it"
_LEARNS = "where its inputs are not zero it gets a gradient itself, and so leaves zero"
_NEITHER = "no gradient ever reaches either weight"


def lit(verdict: Verdict, more: tuple[str, ...]) -> Verdict:
    """The verdict with more lamps."""
    return replace(verdict, lamps=(*verdict.lamps, *more)) if more else verdict


def model_lamps(model: nn.Module) -> Lamps:
    """What is to be said of each weight of a layer beside what is seen on the tensor itself; most have nothing.

    The model is traced only if it has a weight with equal rows, and it is left as it is.
    """
    weights = [
        entry
        for entry in named_tensors(model)
        if entry.kind == "parameter" and type(entry.owner) in LAYERS and split(entry.name)[1] == "weight"
        if _has_values(entry.tensor)
    ]
    striking = [entry for entry in weights if _is_zero_weight(entry) or structure.equal_rows(_plain(entry.tensor))]
    graph = forward_graph(model) if striking else None
    stopped = _stopped(graph, striking)
    lamps = {entry.name: _of_weight(entry, graph, stopped) for entry in striking}
    for entry in weights:
        if isinstance(entry.owner, CONVOLUTIONS):
            lamps[entry.name] = (*lamps.get(entry.name, ()), *_rank(entry))
    return {name: lit for name, lit in lamps.items() if lit}


def _of_weight(entry: NamedTensor, graph: ForwardGraph | None, stopped: Mapping[str, str]) -> tuple[str, ...]:
    layer = split(entry.name)[0]
    if _is_zero_weight(entry):
        if entry.name in stopped:
            return (stopped[entry.name],)
        found = None if graph is None else fate(graph, layer)
        learns = found is not None and found.kind == "learns" and entry.tensor.requires_grad
        return (f"{_PASSES}; {_LEARNS}" if learns else _PASSES,)
    equal = 0 if graph is None else units_that_stay_equal(graph, layer)
    if not equal:
        return ()
    units = f"{equal:,} of {count(entry.tensor.shape[0], 'unit')}"
    return (f"{units} equal another in bias and in what takes their outputs too: equal units stay equal in training",)


def _stopped(graph: ForwardGraph | None, weights: list[NamedTensor]) -> dict[str, str]:
    """Zero layers that never learn, each with the reason; of two in a row, both."""
    said: dict[str, str] = {}
    for entry in weights:
        found = fate(graph, split(entry.name)[0]) if graph is not None and _is_zero_weight(entry) else None
        if found is None or found.kind == "learns":
            continue
        name = split(entry.name)[0]
        if found.kind == "two":
            said[entry.name] = f"this layer and {found.by!r} after it are zero: {_NEITHER}"
            said[join(found.by, "weight")] = f"this layer and {name!r} before it are zero: {_NEITHER}"
        else:
            lit = f"no gradient ever reaches weight and bias: {found.by!r} has no slope at what this layer gives"
            said.setdefault(entry.name, lit)
    return said


def _is_zero_weight(entry: NamedTensor) -> bool:
    return entry.tensor.numel() > 1 and is_zero(_plain(entry.tensor))


def _has_values(tensor: Tensor) -> bool:
    """Whether it holds real numbers that are laid out densely."""
    return is_stored(tensor) and tensor.is_floating_point()


def _plain(tensor: Tensor) -> Tensor:
    """In a dtype that torch can sort and count."""
    return tensor.detach().float() if tensor.itemsize < 4 else tensor.detach()


def _rank(entry: NamedTensor) -> tuple[str, ...]:
    """The rank of a convolution's weights, of each group by itself."""
    found = structure.rank(_plain(entry.tensor), int(getattr(entry.owner, "groups", 1)))
    return (f"rank {found[0]} of {found[1]}",) if found is not None and found[0] < found[1] else ()
