"""Answers about what a model's values should be."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.seeding import seed_torch
from ..module.visits import Visit, visits
from ..module.walk import NamedTensor, find_tensor
from ..questions.tensor import Card
from ..questions.theory import (
    Choice,
    Draw,
    Drawn,
    GetComparison,
    GetGallery,
    GetIdentity,
    GetTheory,
    GetVerdict,
    Identity,
    ModelVerdict,
    TensorTheory,
)
from ..recipe.schemes.table import SCHEMES, call_code, promise_of, resolve_options
from ..recipe.steps import OneTensor
from ..replaying.initializing import initialize, refusal
from ..tensor.buffers import one_thread
from ..tensor.compare import drawn_cards
from ..theory.examination import examined, look
from ..theory.identify import identify
from ..theory.model_verdict import expected
from ..theory.verdict import judged
from .base import Moments, answers

_MOST_CHOICES = 4


@answers(GetTheory)
def _theory(request: GetTheory, moments: Moments) -> tuple[TensorTheory, ...]:
    return tuple(moments.check.tensor(name) for name in request.names)


@answers(GetVerdict)
def _verdict(_request: GetVerdict, moments: Moments) -> ModelVerdict:
    return replace(moments.check.model(), equal=moments.equal.groups, starts=moments.equal.starts)


@answers(GetIdentity)
def _identity(request: GetIdentity, moments: Moments) -> Identity:
    return identify(moments.after, request.name)


@answers(GetComparison)
def _comparison(request: GetComparison, moments: Moments) -> tuple[Drawn, ...]:
    if not 1 <= len(request.choices) <= _MOST_CHOICES:
        raise ValueError(f"{len(request.choices)} schemes cannot stand side by side; choose 1 to {_MOST_CHOICES}")
    place = visits(moments.after, request.where)
    names = list(dict.fromkeys(visit.name for visit in place))[: request.shown]
    columns = [_drawing(choice, place, names) for choice in request.choices]
    return tuple(
        _side_by_side(
            _has_values(moments.after, name), request.choices, [column[name] for column in columns], request.cells
        )
        for name in names
    )


@answers(GetGallery)
def _gallery(request: GetGallery, moments: Moments) -> Drawn:
    place = visits(moments.after, OneTensor(request.name))
    choices = [Choice(scheme, (), request.seed) for scheme in SCHEMES]
    columns = [_drawing(choice, place, [request.name])[request.name] for choice in choices]
    return _side_by_side(_has_values(moments.after, request.name), choices, columns, request.cells)


def _has_values(model: nn.Module, name: str) -> NamedTensor:
    entry = find_tensor(model, name)
    if is_lazy(entry.tensor) or entry.tensor.is_meta:
        raise ValueError(f"{name!r} has no shape or no data to draw into yet; run a forward pass first")
    return entry


@one_thread()
def _drawing(choice: Choice, place: Sequence[Visit], names: Sequence[str]) -> dict[str, Tensor | str]:
    """The named tensors as a step would leave them, or for each the reason why it cannot be carried out."""
    options = resolve_options(choice.scheme, dict(choice.options))
    for visit in place:
        reason = refusal(visit.parameter, choice.scheme, options)
        if reason is not None:
            reason = reason if len(place) == 1 else f"{visit.name}: {reason}"
            return dict.fromkeys(names, reason)
    copies: dict[str, Tensor] = {}
    with torch.random.fork_rng(devices=[]):
        seed_torch(choice.seed)
        for visit in place:
            copy = copies.setdefault(visit.name, visit.parameter.detach().clone())
            initialize(copy, choice.scheme, options)
    return {name: copies[name] for name in names}


def _side_by_side(entry: NamedTensor, choices: Sequence[Choice], columns: Sequence[Tensor | str], cells: int) -> Drawn:
    drawn = [column for column in columns if isinstance(column, Tensor)]
    cards = dict(zip(map(id, drawn), drawn_cards(entry, drawn, cells), strict=True))
    draws = tuple(_draw(choice, column, cards.get(id(column))) for choice, column in zip(choices, columns, strict=True))
    limit = max((card.after.largest or 0.0 for card in cards.values() if card.after), default=0.0)
    return Drawn(entry.name, tuple(entry.tensor.shape), limit, draws)


def _draw(choice: Choice, column: Tensor | str, card: Card | None) -> Draw:
    scheme = SCHEMES[choice.scheme]
    options = tuple(resolve_options(choice.scheme, dict(choice.options)).items())
    seed = f"torch.manual_seed({choice.seed})\n" if scheme.random else ""
    code = seed + call_code(choice.scheme, options, "w")
    if isinstance(column, str):
        return Draw(scheme.name, scheme.title, options, choice.seed, code, column, None, None, None)
    promised = promise_of(choice.scheme, dict(options), tuple(column.shape))
    (verdict,) = judged([examined(look(column), promised)])
    return Draw(scheme.name, scheme.title, options, choice.seed, code, None, card, expected(promised), verdict)
