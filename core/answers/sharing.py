"""Answers about what a model shares, and what each use of it gives to a gradient."""

from torch import Tensor

from ..module.replica import replica
from ..module.walk import find_tensor, named_tensors
from ..questions.picture import Heatmap
from ..questions.sharing import (
    MOST_PICTURES,
    GetSharing,
    GetUseGradients,
    GetUses,
    Sharing,
    UseGradient,
    UseGradients,
    Uses,
)
from ..replaying.replay import sample
from ..sharing.shared import shared_with
from ..sharing.uses import UsedTensors, use_gradients, used_tensors
from ..tensor.layout import axis_names, default_layout, lay_flat
from ..tensor.stats import heatmap
from .base import Moments, answers
from .batch import batch, within

_MOST_CELLS = 256


@answers(GetUses)
def _uses(_request: GetUses, moments: Moments) -> Uses:
    try:
        inputs, _ = sample(moments.recipe)
        used = used_tensors(moments.after, inputs)
    except ValueError as error:
        return Uses(note=str(error))
    return Uses(tuple(used.of.items()), used.unregistered)


@answers(GetSharing)
def _sharing(request: GetSharing, moments: Moments) -> Sharing:
    uses = request.uses or Uses()
    used = UsedTensors(dict(uses.of), uses.unregistered) if request.uses and not uses.note else None
    return shared_with(moments.after, used, uses.note)


@answers(GetUseGradients)
def _use_gradients(request: GetUseGradients, moments: Moments) -> UseGradients:
    entry = find_tensor(moments.after, request.name)
    cells = within("cells a side", request.cells, _MOST_CELLS)
    inputs, loss_fn = batch(moments, request.rows, request.seed, double=request.double)
    model = replica(moments.after).double() if request.double else moments.after
    found = use_gradients(model, request.name, inputs, loss_fn)
    same = tuple(other.name for other in named_tensors(moments.after) if other.tensor is entry.tensor)
    pictures = [_picture(part, cells) for part in found.parts[:MOST_PICTURES]]
    pictures += [None] * (len(found.parts) - len(pictures))
    measured = zip(found.uses, found.norms, pictures, strict=True)
    shape = tuple(entry.tensor.shape)
    return UseGradients(
        name=request.name,
        names=same,
        shape=shape,
        dtype=str(found.grad.dtype).removeprefix("torch."),
        loss=found.loss,
        uses=tuple(UseGradient(use, norm, picture) for use, norm, picture in measured),
        cosines=found.cosines.numpy(),
        total=_picture(found.total, cells),
        total_norm=float(found.total.norm()),
        grad=_picture(found.grad, cells),
        grad_norm=float(found.grad.norm()),
        largest_error=found.largest_error,
        axes=axis_names(type(entry.owner).__name__, request.name.rpartition(".")[2], len(shape)),
        hooks=found.hooks,
        additive=found.additive,
    )


def _picture(tensor: Tensor, cells: int) -> Heatmap | None:
    if not tensor.numel():
        return None
    matrix = lay_flat(tensor, default_layout(tuple(tensor.shape)))
    return heatmap(matrix, cells, cells if matrix.shape[0] > 1 else 512)
