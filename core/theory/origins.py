"""Where each tensor's values come from at a moment of a recipe, and so what they should be."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..module.tying import tied_groups
from ..module.walk import NamedTensor, named_tensors
from ..questions.model import Outcome
from ..recipe import catalog, expects
from ..recipe.expectations import Anything, Default, Expectations, Spec
from ..recipe.recipe import Recipe
from ..recipe.schemes.promise import Shape
from ..recipe.schemes.table import promise_of
from ..recipe.steps import Custom, Edit, FileInit, Forward, Initialize, Step, Tie, Train, Untie
from .declarations import promise_declared
from .defaults import built, containers
from .ledger import Cell, Ledger, Origin
from .transform import edited

_RUNNING = ("running_mean", "running_var", "num_batches_tracked")


def origins(
    model: nn.Module,
    recipe: Recipe,
    outcomes: Sequence[Outcome],
    declared: Expectations | None = None,
    file_declares: Callable[[str], object] = lambda _: None,
    build: Callable[[], nn.Module] | None = None,
) -> dict[str, Origin]:
    """The origin of every tensor of `model` under every name, after the steps of `recipe`.

    Args:
        model: the model after all steps; recipe, outcomes: its steps and what they did.
        declared: what the model's own constructor says it does beyond its modules' defaults.
        file_declares: what an init function of the operator's files says it means, by its name in recipes.
        build: builds the recipe's model where that is not one of the catalog.
    """
    entries = {entry.name: entry for entry in named_tensors(model)}
    changing = any(step.renames or step.reshapes for step in recipe.steps)
    skeleton = _skeleton(recipe, build) if changing else None
    ledger = Ledger.of(skeleton or model)
    _promise(ledger, entries, containers(model), declared or _catalog_expects(recipe))
    for index, step in enumerate(recipe.steps):
        outcome = outcomes[index] if index < len(outcomes) else Outcome()
        if step.renames and skeleton is None:
            _lose_track(ledger, index)
        _follow(_Followed(ledger, index, outcome, entries, file_declares), step)
    return _by_name(ledger, model)


def _lose_track(ledger: Ledger, index: int) -> None:
    """Where names come to reach other tensors, and which they reached before cannot be told, nothing is promised."""
    for _, cell in ledger.cells():
        text = f"step {index + 1} changed which names share a tensor, and how they did before could not be found out"
        cell.origin = Origin(None, text, index)


def origins_when_built(model: nn.Module, declared: Expectations | None = None) -> dict[str, Origin]:
    """The origin of every tensor under every name of a model just built; `declared` as for `origins`."""
    entries = {entry.name: entry for entry in named_tensors(model)}
    ledger = Ledger.of(model)
    _promise(ledger, entries, containers(model), declared)
    return _by_name(ledger, model)


def _catalog_expects(recipe: Recipe) -> Expectations | None:
    if recipe.source is not None:
        with contextlib.suppress(ValueError):  # what it declares cannot be read: nothing is declared
            return expects.find(recipe.source.code)
    text = catalog.MODELS[recipe.model].expects if recipe.model in catalog.MODELS else ""
    return expects.parse(text) if text else None


def _skeleton(recipe: Recipe, build: Callable[[], nn.Module] | None) -> nn.Module | None:
    """The model as built, on the meta device: shapes and ties without values."""
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            model: nn.Module = build() if build else catalog.builder(recipe.model)(**dict(recipe.arguments))
    except Exception:  # a model's own code may raise anything on the meta device
        return None
    return model


def _promise(
    ledger: Ledger, entries: Mapping[str, NamedTensor], within: dict[int, str], declared: Expectations | None
) -> None:
    """Let each tensor's origin be the build: what is declared, else what its modules do, where they agree."""
    for names, cell in ledger.cells():
        same = [entries[name] for name in names if name in entries]
        if same:
            cell.at_build = cell.origin = _declared(same, declared) or _default(same, within)


def _declared(same: Sequence[NamedTensor], declared: Expectations | None) -> Origin | None:
    for entry in same:
        spec = declared.of(entry.name) if declared and not is_lazy(entry.tensor) else None
        if spec is not None and not isinstance(spec, Default):
            return declared_origin(spec, _shape(entry), "the model's constructor", None)
    return None


def _default(same: Sequence[NamedTensor], within: dict[int, str]) -> Origin:
    entry = same[0]
    if is_lazy(entry.tensor):
        return Origin(None, "it is uninitialized until the first forward pass; run one first")
    if not entry.tensor.numel():
        return Origin(None, "it has no elements")
    found = {
        (own.distribution, own.structure) if own else None: (own, who) for own, who in (built(e, within) for e in same)
    }
    if len(found) > 1:
        kinds = " and ".join(dict.fromkeys(type(each.owner).__name__ for each in same))
        return Origin(None, f"tied between {kinds}, which draw it differently; its model's code knows which came last")
    own, who = next(iter(found.values()))
    if own is None:
        return Origin(None, f"a {entry.kind} of {type(entry.owner).__name__}, whose initialization is not known")
    return Origin(own, who)


def declared_origin(spec: Spec, shape: Shape, who: str, step: int | None = None) -> Origin:
    """What `who` declares of a tensor of that shape."""
    if isinstance(spec, Anything):
        return Origin(None, f"{who} makes no claim about it", step)
    try:
        return Origin(promise_declared(spec, shape), f"{who} declares it", step)
    except ValueError as error:
        return Origin(None, f"{who} declares what does not fit: {error}", step)


def _shape(entry: NamedTensor | None) -> Shape:
    return () if entry is None or is_lazy(entry.tensor) else tuple(entry.tensor.shape)


@dataclass(frozen=True)
class _Followed:
    """Where a step is followed: the ledger, the step's index and outcome, the tensors of the model after all steps.

    `file_declares` is as for `origins`.
    """

    ledger: Ledger
    index: int
    outcome: Outcome
    entries: Mapping[str, NamedTensor]
    file_declares: Callable[[str], object]

    @property
    def step(self) -> str:
        """The step as people count."""
        return f"step {self.index + 1}"


def _follow(at: _Followed, step: Step) -> None:
    """Change the ledger as the step changed the model."""
    match step:
        case Initialize():
            _initialize(at, step)
        case Edit():
            _edit(at, step)
        case Tie(source=source, target=target):
            at.ledger.tie(source, target)
        case Untie(name=name):
            at.ledger.untie(name)
        case Forward():
            _forward(at)
        case Train():
            _forward(at)
            _train(at)
        case Custom() | FileInit():
            _own_code(at, step)
        case _:
            assert_never(step)


def _initialize(at: _Followed, step: Initialize) -> None:
    for name, _ in at.outcome.touched:
        cell = at.ledger.cell(name)
        if cell is not None:
            try:
                promise = promise_of(step.scheme, dict(step.options), _shape(at.entries.get(name)))
                cell.origin = Origin(promise, f"{at.step}: {step.scheme}", at.index)
            except ValueError as error:  # of a tensor without elements
                cell.origin = Origin(None, f"{at.step}: {step.scheme} promises nothing here: {error}", at.index)


def _edit(at: _Followed, step: Edit) -> None:
    cell = at.ledger.cell(step.tensor)
    if cell is not None:
        before = cell.origin
        after = edited(before.promise, step.formula) if before.promise else None
        text = f"{before.text}, then {at.step}: {step.formula.strip()}" if after else f"{at.step} edited it since"
        cell.origin = Origin(after, text, at.index)


def _forward(at: _Followed) -> None:
    """Running statistics move; what was lazy is drawn now, by its module's default."""
    for names, cell in at.ledger.cells():
        if cell.lazy:
            cell.lazy = False
            cell.origin = Origin(cell.at_build.promise, f"{cell.at_build.text}, drawn in {at.step}", at.index)
        elif names[0].rpartition(".")[2] in _RUNNING:
            cell.origin = Origin(None, f"{at.step} updated it in a forward pass", at.index)


def _train(at: _Followed) -> None:
    """What trains is no longer what was drawn."""
    for _, cell in at.ledger.cells():
        if cell.kind == "parameter" and cell.trainable:
            cell.origin = Origin(None, f"{at.step} trained it since", at.index)


def _own_code(at: _Followed, step: Custom | FileInit) -> None:
    """A step of a person's code, which may declare what it means; where its run is not known, it may be anything."""
    if not at.outcome.touched and at.outcome.run is None:  # a run would know that it touched nothing
        for _, cell in at.ledger.cells():
            cell.origin = Origin(None, f"{at.step} may have changed it", at.index)
        return
    who, declared = f"{at.step}, {step.function if isinstance(step, FileInit) else 'code of your own'}", None
    problem = f"{who}, declares nothing about it; write for example expects = normal(0, 0.02)"
    try:
        declared = _declaration(step, at.file_declares)
    except ValueError as error:
        problem = f"{who}, declares what cannot be read: {error}"
    for name, _ in at.outcome.touched:
        touched, spec = at.ledger.cell(name), declared.of(name) if declared else None
        if touched is not None:
            touched.origin = _of_step(spec, touched, at, name, who) if spec else Origin(None, problem, at.index)
    if declared is not None and at.outcome.run is not None:
        _hold_to_its_word(declared, at, step, who)


def _hold_to_its_word(declared: Expectations, at: _Followed, step: Custom | FileInit, who: str) -> None:
    """What a declaration names by more than `*`, where the step ran, is as it says even if the code forgot it."""
    touched = {id(at.ledger.cell(name)) for name, _ in at.outcome.touched}
    for names, cell in at.ledger.cells():
        inside = [name for name in names if not step.root or name.startswith(f"{step.root}.")]
        named = next((name for name in inside if declared.is_named(name)), None)
        spec = declared.of(named) if named and id(cell) not in touched else None
        if named and spec is not None and not isinstance(spec, Default):
            cell.origin = _of_step(spec, cell, at, named, who)


def _declaration(step: Custom | FileInit, file_declares: Callable[[str], object]) -> Expectations | None:
    if isinstance(step, Custom):
        return expects.find(step.code)
    value = file_declares(step.function)
    return None if value is None else expects.expectations(value)


def _of_step(spec: Spec, cell: Cell, at: _Followed, name: str, who: str) -> Origin:
    if isinstance(spec, Default):
        return Origin(cell.at_build.promise, f"{who} declares {cell.at_build.text}", at.index)
    return declared_origin(spec, _shape(at.entries.get(name)), who, at.index)


def _by_name(ledger: Ledger, model: nn.Module) -> dict[str, Origin]:
    """The origin of every name of a model: what the ledger says, or of tensors in one memory, the one drawn last."""
    by_name = {entry.name: _written(ledger, entry.name) for entry in named_tensors(model)}
    for group in tied_groups(model):
        latest = max((by_name[name] for name in group.names), key=_when)
        for name in group.names:
            if by_name[name].step == latest.step:
                continue
            if group.kind in ("same storage", "transposed view"):
                by_name[name] = latest
            else:
                by_name[name] = Origin(None, f"it overlaps with a tensor that came later: {latest.text}", latest.step)
    return by_name


def _written(ledger: Ledger, name: str) -> Origin:
    cell = ledger.cell(name)
    return cell.origin if cell else Origin(None, "it is not a tensor of the model as built")


def _when(origin: Origin) -> int:
    return -1 if origin.step is None else origin.step
