"""Answers about what sharing does and what breaks it, each tried out on copies."""

from ..questions.experiments import (
    Evidence,
    GetEvidence,
    GetMisconceptions,
    GetSurvival,
    GetTwins,
    Misconception,
    SurvivalRow,
    Twins,
)
from ..recipe.steps import TRAIN_ROWS
from ..replaying.replay import OPTIMIZERS
from ..sharing.misconceptions import evidence, misconceptions
from ..sharing.misconceptions.base import Exhibit
from ..sharing.survival import survival
from ..sharing.twins import twins
from .base import Moments, answers
from .batch import batch, within

_MOST_CELLS, _MOST_FRAMES = 256, 200


@answers(GetTwins)
def _twins(request: GetTwins, moments: Moments) -> Twins:
    inputs, loss_fn = batch(moments, request.rows, request.seed)
    return twins(
        moments.after,
        request.name,
        inputs,
        loss_fn,
        optimizer=OPTIMIZERS[request.optimizer],
        learning_rate=request.learning_rate,
        steps=request.steps,
        frames=within("frames", request.frames, _MOST_FRAMES),
        cells=within("cells a side", request.cells, _MOST_CELLS),
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
        exhibit = Exhibit(moments.after, *batch(moments, TRAIN_ROWS))
    except ValueError:
        exhibit = None
    return evidence(request.key, exhibit)
