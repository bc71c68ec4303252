"""Answers about what a model shares, and what sharing does."""

from typing import Any

from torch import Tensor

from ..module.replica import replica
from ..module.walk import find_tensor, named_tensors
from ..questions.tensor import Heatmap
from ..questions.tying import (
    MOST_PICTURES,
    ChangedCells,
    Evidence,
    GetChangedCells,
    GetEvidence,
    GetMisconceptions,
    GetSharing,
    GetSurvival,
    GetTwins,
    GetUseGradients,
    Misconception,
    Sharing,
    SurvivalRow,
    Twins,
    UseGradient,
    UseGradients,
)
from ..recipe.steps import TRAIN_ROWS
from ..replay.model_kit import model_kit
from ..replay.replay import OPTIMIZERS, sample
from ..sharing.lamps import sharing
from ..sharing.misconceptions import Exhibit, evidence, misconceptions
from ..sharing.survival import survival
from ..sharing.twins import twins
from ..sharing.uses import Loss, use_gradients
from ..tensor.changes import changed_cells
from ..tensor.layout import axis_names, default_layout, lay_flat
from ..tensor.stats import heatmap
from .base import Moments, answers

_MOST_ROWS, _MOST_CELLS, _MOST_FRAMES = 1024, 256, 200


@answers(GetSharing)
def _sharing(_request: GetSharing, moments: Moments) -> Sharing:
    try:
        inputs, _ = sample(moments.recipe)
    except ValueError as error:
        return sharing(moments.after, note=str(error))
    return sharing(moments.after, inputs)


@answers(GetChangedCells)
def _changed_cells(request: GetChangedCells, moments: Moments) -> tuple[ChangedCells, ...]:
    return changed_cells(moments.before, moments.after, _within("cells", request.limit, 4096))


@answers(GetUseGradients)
def _use_gradients(request: GetUseGradients, moments: Moments) -> UseGradients:
    entry = find_tensor(moments.after, request.name)
    cells = _within("cells a side", request.cells, _MOST_CELLS)
    inputs, loss_fn = _batch(moments, request.rows, request.seed, double=request.double)
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
    )


@answers(GetTwins)
def _twins(request: GetTwins, moments: Moments) -> Twins:
    inputs, loss_fn = _batch(moments, request.rows, request.seed)
    return twins(
        moments.after,
        request.name,
        inputs,
        loss_fn,
        optimizer=OPTIMIZERS[request.optimizer],
        learning_rate=request.learning_rate,
        steps=request.steps,
        frames=_within("frames", request.frames, _MOST_FRAMES),
        cells=_within("cells a side", request.cells, _MOST_CELLS),
    )


@answers(GetSurvival)
def _survival(_request: GetSurvival, moments: Moments) -> tuple[SurvivalRow, ...]:
    return survival(moments.after)


@answers(GetMisconceptions)
def _misconceptions(_request: GetMisconceptions, _moments: Moments) -> tuple[Misconception, ...]:
    return misconceptions()


@answers(GetEvidence)
def _evidence(request: GetEvidence, moments: Moments) -> Evidence:
    try:
        exhibit = Exhibit(moments.after, *_batch(moments, TRAIN_ROWS))
    except ValueError:
        exhibit = None
    return evidence(request.key, exhibit)


def _batch(moments: Moments, rows: int, seed: int = 0, *, double: bool = False) -> tuple[Any, Loss]:
    """Inputs of the recipe's model, and its loss on the targets that belong to them.

    Raises:
        ValueError: the model has no batch, or so many rows are not drawn.
    """
    inputs, targets = sample(moments.recipe, _within("rows", rows, _MOST_ROWS), seed)
    if double:
        inputs, targets = _doubled(inputs), _doubled(targets)
    loss = model_kit(moments.recipe).loss
    return inputs, lambda output: loss(output, targets)


def _doubled(tensor: Tensor) -> Tensor:
    return tensor.double() if tensor.is_floating_point() else tensor


def _within(what: str, number: int, most: int) -> int:
    if not 1 <= number <= most:
        raise ValueError(f"{number:,} {what} are not from 1 to {most:,}; choose a number between")
    return number


def _picture(tensor: Tensor, cells: int) -> Heatmap | None:
    if not tensor.numel():
        return None
    matrix = lay_flat(tensor, default_layout(tuple(tensor.shape)))
    return heatmap(matrix, cells, cells if matrix.shape[0] > 1 else 512)
