"""From a recipe to the model it describes: the same bytes every time."""

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..code import operator_files
from ..code.errors import CodeError
from ..code.running import run
from ..module.failures import failures
from ..module.passing import passed
from ..module.replica import replica
from ..module.seeding import seed_streams, seed_torch, seeded, streams_kept
from ..module.tying import tie, untie
from ..module.visits import visits
from ..module.walk import find_tensor, named_tensors
from ..observation import Provenance
from ..questions.model import Outcome
from ..questions.story import Story
from ..recipe import catalog, steps
from ..recipe.recipe import Recipe
from ..tensor.buffers import one_thread
from .editing import edit
from .initializing import initialize, refusal
from .model_kit import ModelKit, model_kit

#: Name → the optimizer of these parameters with this learning rate, all else torch's defaults.
OPTIMIZERS: dict[steps.OptimizerName, Callable[[list[nn.Parameter], float], torch.optim.Optimizer]] = {
    "sgd": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr),
    "momentum": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=steps.MOMENTUM),
    "adam": lambda parameters, lr: torch.optim.Adam(parameters, lr=lr),
}


class StepError(ValueError):
    """A step that cannot be carried out; `index` counts from 0, `line` and `printed` are its code's, if it has any."""

    def __init__(self, index: int, reason: str, line: int | None = None, printed: str = "") -> None:
        super().__init__(f"step {index + 1} cannot be carried out: {reason}")
        self.index, self.reason = index, reason
        self.line, self.printed = line, printed


@dataclass(frozen=True)
class Replayed:
    """A model as its recipe describes it, what each step did, and the model as it was at an earlier moment.

    Attributes:
        seen: who wrote what on the way; earlier: a copy of the model, without gradients; None where none was asked for,
            or it cannot be copied.
    """

    model: nn.Module
    outcomes: tuple[Outcome, ...]
    seen: Provenance
    earlier: nn.Module | None = None

    @property
    def stories(self) -> dict[str, Story]:
        """The story of each of the model's tensors."""
        return self.seen.of(self.model)


def replay(recipe: Recipe) -> nn.Module:
    """The model that `recipe` describes, equal bit for bit at every call.

    The global random stream and the number of threads are left as they were.

    Raises:
        StepError: a step does not fit the model; names the step and the reason.

    Example:
        >>> from core import Edit, Recipe
        >>> net = replay(Recipe("mlp", seed=1).then(Edit("0.bias", "w = 0")))
        >>> net[0].bias.tolist()
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    return replayed(recipe).model


class Carrier(Protocol):
    """Who builds a recipe's model and carries out its steps, each within `seen.watching()` where it is observed."""

    def build(self) -> nn.Module:
        """The model; draws from the global random streams."""

    def carry_out(
        self, index: int, step: steps.Step, model: nn.Module, copied: nn.Module | None
    ) -> tuple[nn.Module, Outcome]:
        """The model after a step, as a rule the same object, and what the step did; raises ValueError."""


class Here:
    """Everything happens in this process."""

    def __init__(self, recipe: Recipe, seen: Provenance) -> None:
        self._recipe, self.seen = recipe, seen
        with seen.watching():  # code that draws as soon as it is read
            self.kit = model_kit(recipe)

    def build(self) -> nn.Module:
        """The recipe's model."""
        return build_seen(self._recipe, self.kit, self.seen)

    def carry_out(
        self,
        index: int,  # noqa: ARG002 (which others tell steps apart by)
        step: steps.Step,
        model: nn.Module,
        copied: nn.Module | None,
    ) -> tuple[nn.Module, Outcome]:
        """The model, changed in place."""
        return model, carry_out_seen(step, model, self.kit, self.seen, copied)


def replayed(
    recipe: Recipe, earlier: int | None = None, by: Callable[[Recipe, Provenance], Carrier] = Here
) -> Replayed:
    """As `replay`, with the outcome of each step, and the model as it was after the first `earlier` steps."""
    with streams_kept(), one_thread():  # the last bits of a sum depend on how many threads share it
        seen = Provenance(operator_files.seen())
        carrier = by(recipe, seen)
        seed_streams(recipe.seed)
        model = carrier.build()
        outcomes: list[Outcome] = []
        copied: nn.Module | None = None
        for index, step in enumerate(recipe.steps):
            if index == earlier:
                copied = _copied(model)
            seen.at(index + 1)
            try:
                model, outcome = carrier.carry_out(index, step, model, copied if index == earlier else None)
            except CodeError as error:
                raise StepError(index, str(error), error.line, error.printed) from error
            except ValueError as error:
                raise StepError(index, str(error)) from error
            outcomes.append(outcome)
        return Replayed(model, tuple(outcomes), seen, copied)


def _copied(model: nn.Module) -> nn.Module | None:
    with contextlib.suppress(ValueError):
        return replica(model)
    return None


def build_seen(recipe: Recipe, given: ModelKit, seen: Provenance) -> nn.Module:
    """The recipe's model, observed; of a net that a file holds, with what was observed when the file was imported.

    Of a checkpoint there is nothing to observe: all that its build does is copy.
    """
    with contextlib.nullcontext() if catalog.is_checkpoint(recipe.model) else seen.watching():
        model = given.build()
    seen.know(model, operator_files.stories(recipe.model))
    return model


def carry_out_seen(
    step: steps.Step, model: nn.Module, given: ModelKit, seen: Provenance, copied: nn.Module | None = None
) -> Outcome:
    """As `carry_out`, observed; of training, whose writes are many, only that it was."""
    if isinstance(step, steps.Train):
        before = [
            (entry, None if is_lazy(entry.tensor) else entry.tensor.detach().clone()) for entry in named_tensors(model)
        ]
        outcome = carry_out(step, model, given, copied)
        for kind, function in (("buffer", "forward"), ("parameter", "step")):
            seen.written_since(model, {entry.name: old for entry, old in before if entry.kind == kind}, function)
        return outcome
    with seen.watching():
        return carry_out(step, model, given, copied)


def carry_out(step: steps.Step, model: nn.Module, given: ModelKit, copied: nn.Module | None = None) -> Outcome:
    """Change `model` in place as `step` says; `copied` is a copy of it that stands ready, so that none need be made.

    Raises:
        ValueError: the step does not fit the model, in one sentence.
    """
    match step:
        case steps.Initialize():
            return _initialize(step, model)
        case steps.Edit(tensor=name, formula=text):
            return _edit(model, name, text)
        case steps.Tie(source=source, target=target):
            tie(model, source, target)
            return Outcome()
        case steps.Untie(name=name):
            untie(model, name)
            return Outcome()
        case steps.Forward():
            return _forward(step, model, given)
        case steps.Train():
            return _train(step, model, given)
        case steps.Custom() | steps.FileInit():
            return run(step, model, copied)
    assert_never(step)


def sample(recipe: Recipe, rows: int = steps.SAMPLE_ROWS, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """A batch (inputs, targets) of the recipe's model, drawn with `seed`; the global stream is left as it was."""
    given = model_kit(recipe)
    with seeded(seed):
        inputs, targets = given.batch(rows)
    return inputs, targets


def _initialize(step: steps.Initialize, model: nn.Module) -> Outcome:
    place = visits(model, step.where)
    options = dict(step.options)
    for visit in place:
        reason = refusal(visit.parameter, step.scheme, options)
        if reason is not None:
            shape = "" if reason.startswith("it is") else f" {tuple(visit.parameter.shape)}"
            raise ValueError(
                f"{step.scheme} cannot apply to {visit.name}{shape}: {_lower(reason)}; nothing was changed"
            )
    seed_torch(step.seed)
    for visit in place:
        initialize(visit.parameter, step.scheme, options)
    return Outcome(touched=tuple(Counter(visit.name for visit in place).items()))


def _edit(model: nn.Module, name: str, text: str) -> Outcome:
    tensor = find_tensor(model, name).tensor
    if nn.parameter.is_lazy(tensor):
        raise ValueError(f"{name!r} is uninitialized until the first forward pass; run one first")
    edit(tensor, text)
    return Outcome(touched=((name, 1),))


def _forward(step: steps.Forward, model: nn.Module, given: ModelKit) -> Outcome:
    seed_streams(step.seed)
    inputs, _ = given.batch(steps.SAMPLE_ROWS)
    with failures("the forward pass"):
        passed(model, inputs)
    return Outcome()


def _train(step: steps.Train, model: nn.Module, given: ModelKit) -> Outcome:
    seed_streams(step.seed)
    inputs, targets = given.batch(steps.TRAIN_ROWS)
    optimizer = OPTIMIZERS[step.optimizer](list(model.parameters()), step.learning_rate)
    losses = []
    for _ in range(step.steps):
        optimizer.zero_grad()
        with failures("the forward pass"):
            loss: Any = given.loss(passed(model, inputs), targets)
        with failures("the backward pass"):
            loss.backward()
            losses.append(loss.item())
        optimizer.step()
    return Outcome(losses=tuple(losses))


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
