"""Replaying a recipe that holds a person's code in two processes: one runs the code, the other never does.

The first, the runner, replays all of it and hands the model over wherever code ran. The second carries out for itself
every step that needs none of that code, and takes the model from the runner after every other. So what it measures
are the bytes that the code left, and nothing that the code could have changed does the measuring.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NoReturn

from torch import nn

from ..code.fates import by_bytes
from ..code.snapshot import Snapshot
from ..module.handing_over import code_in, handed_over
from ..module.held_tensors import MisfitError
from ..module.inventory import Inventory
from ..module.standin import adopt, standin
from ..observation import Provenance
from ..questions.handover import Handover
from ..questions.model import Outcome
from ..recipe.recipe import Recipe
from ..recipe.steps import Step
from .model_kit import ModelKit, model_kit
from .replay import Carrier, Here, Replayed, build_seen, carry_out_seen, replayed

#: So many bytes are handed over whoever will look at them: then other moments of the recipe need no other run.
_FEW = 8 * 2**20


def run_code(recipe: Recipe, moments: Sequence[int]) -> tuple[Replayed, tuple[Handover, ...]]:
    """In the runner: the recipe replayed, and the model at each moment at which code had run.

    Args:
        recipe: what to replay; moments: the moments that will be looked at, the last being its end.

    Raises:
        StepError: a step does not fit the model.
        ValueError: a tensor cannot be handed over.
    """
    handovers: list[Handover] = []

    def noting(recipe: Recipe, seen: Provenance) -> Carrier:
        return _Noting(recipe, seen, moments, handovers)

    return replayed(recipe, by=noting), tuple(handovers)


def taking(handovers: Sequence[Handover]) -> Callable[[Recipe, Provenance], Carrier]:
    """How `replayed` replays a recipe in a process that runs none of its code, given what the runner handed over."""
    return lambda recipe, seen: _Taking(recipe, seen, handovers)


def built(handovers: Sequence[Handover]) -> nn.Module:
    """The model as the person's code built it."""
    return standin(_at(handovers, 0))


def foreign_at(handovers: Sequence[Handover], moment: int) -> bool:
    """Whether a forward pass of the model runs a person's code after so many steps."""
    return max(((each.moment, each.foreign) for each in handovers if each.moment <= moment), default=(0, False))[1]


class _Noting(Here):
    """Carries everything out, and hands over."""

    def __init__(self, recipe: Recipe, seen: Provenance, moments: Sequence[int], handovers: list[Handover]) -> None:
        super().__init__(recipe, seen)
        self._moments, self._handovers = moments, handovers
        self._bytes = 0
        self._foreign = recipe.source is not None
        self._last = max((index for index, step in enumerate(recipe.steps) if step.holds_code), default=-1)

    def build(self) -> nn.Module:
        model = super().build()
        if self._foreign:
            self._hand_over(model, 0, Outcome())
        return model

    def carry_out(
        self, index: int, step: Step, model: nn.Module, copied: nn.Module | None
    ) -> tuple[nn.Module, Outcome]:
        if index > self._last and not self._foreign:
            return model, Outcome()  # the other process does it for itself
        code = code_in(model) if step.holds_code and not self._foreign else None
        model, outcome = super().carry_out(index, step, model, copied)
        self._foreign = self._foreign or (code is not None and code_in(model) != code)
        if _is_outside(step, foreign=self._foreign):
            self._hand_over(model, index + 1, outcome)
        return model, outcome

    def _hand_over(self, model: nn.Module, moment: int, outcome: Outcome) -> None:
        handover = handed_over(model, moment, outcome, foreign=self._foreign)
        handover = replace(handover, stories=tuple(self.seen.of(model).items()))
        self._bytes += sum(handover.sizes)
        if self._bytes <= _FEW or _is_read(self._recipe, moment, self._moments, foreign=self._foreign):
            handover = replace(handover, regions=Inventory(model).contents())
        self._handovers.append(handover)


class _Taking:
    """Carries out what needs none of a person's code, and takes the rest."""

    def __init__(self, recipe: Recipe, seen: Provenance, handovers: Sequence[Handover]) -> None:
        self._recipe, self._seen, self._handovers = recipe, seen, handovers
        self._foreign = recipe.source is not None
        self._kit = ModelKit(_elsewhere, _elsewhere, _elsewhere) if self._foreign else model_kit(recipe)
        self._exact = True  # whether the bytes are those of the runner, also where nobody will look at them

    def build(self) -> nn.Module:
        if not self._foreign:
            return build_seen(self._recipe, self._kit, self._seen)
        given = _at(self._handovers, 0)
        self._exact = bool(given.regions)
        model = built(self._handovers)
        self._seen.know(model, dict(given.stories))
        return model

    def carry_out(
        self, index: int, step: Step, model: nn.Module, copied: nn.Module | None
    ) -> tuple[nn.Module, Outcome]:
        if not _is_outside(step, foreign=self._foreign):
            return model, carry_out_seen(step, model, self._kit, self._seen, copied)
        given = _at(self._handovers, index + 1)
        before = Snapshot.of(model, copied) if self._exact and given.regions else None
        if given.foreign:
            model = standin(given)
        elif self._foreign:
            raise MisfitError("what the code left runs its own code no more")
        else:
            adopt(model, given)
        self._foreign, self._exact = given.foreign, bool(given.regions)
        self._seen.know(model, dict(given.stories))
        if not step.holds_code:
            return model, Outcome(losses=given.outcome.losses)
        return model, by_bytes(given.outcome, before, model)


def _at(handovers: Sequence[Handover], moment: int) -> Handover:
    given = next((each for each in handovers if each.moment == moment), None)
    if given is None:
        raise MisfitError(f"the process that ran the code handed nothing over after step {moment}")
    return given


def _elsewhere(*_: object) -> NoReturn:
    raise MisfitError("a model's own code runs in another process")


def _is_outside(step: Step, *, foreign: bool) -> bool:
    """Whether a person's code runs in a step, of a model whose forward pass is `foreign` or not."""
    return step.holds_code or (foreign and step.computes)


def _is_read(recipe: Recipe, moment: int, moments: Sequence[int], *, foreign: bool) -> bool:
    """Whether anybody reads the bytes that code left at a moment.

    That is, before it leaves the next, somebody looks at the model or a step computes with it.
    """
    computing = () if foreign else (index for index, step in enumerate(recipe.steps) if step.computes)
    return any(
        moment <= read and not any(_is_outside(step, foreign=foreign) for step in recipe.steps[moment:read])
        for read in (*moments, *computing)
    )
