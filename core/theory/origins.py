"""Where each tensor's values come from at a moment of a recipe, and so what they should be."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, named_tensors
from ..questions.model import Outcome
from ..questions.story import UNSEEN, Story
from ..questions.story_words import in_full
from ..recipe import expects
from ..recipe.expectations import Expectations
from ..recipe.recipe import Recipe
from ..recipe.schemes.distribution import mixed
from ..recipe.schemes.promise import Promise, Shape
from ..recipe.slices import Box
from ..recipe.steps import Custom, FileInit
from ..tensor.readable import known_shape
from .alike import in_one, places
from .declaring import Declaration, Subject, declared_premises
from .padding import padding_row
from .premises import Premise, premises

Stories = Mapping[str, Story]
Declares = Callable[[str, nn.Module | None], Expectations | None]


def _nothing_declared(_name: str, _model: nn.Module | None) -> None:
    """Where there are no files that could declare anything."""


@dataclass(frozen=True)
class Origin:
    """What a tensor should be, part by part, and its story; `text`: who promises it, or why nobody does."""

    premises: tuple[Premise, ...]
    text: str
    story: Story = UNSEEN

    @property
    def step(self) -> int | None:
        """Index of the step that drew or changed it last, None for the build."""
        last = max((premise.step for premise in self.premises), default=0)
        return last - 1 if last else None

    @property
    def promise(self) -> Promise | None:
        """What a value from anywhere in the tensor should be; None where nothing is promised of some."""
        if len(self.premises) == 1:
            return self.premises[0].promise
        total = sum(premise.part.numel for premise in self.premises)
        known = [(each.part.numel, each.promise) for each in self.premises if each.promise is not None]
        if len(known) < len(self.premises) or not total:
            return None
        lines = dict.fromkeys(line for _, promise in known for line in promise.algebra)
        return Promise(mixed(*((n / total, promise.distribution) for n, promise in known)), tuple(lines))


def origins(
    model: nn.Module,
    recipe: Recipe,
    outcomes: Sequence[Outcome],
    stories: Stories,
    declares: Declares = _nothing_declared,
) -> dict[str, Origin]:
    """The origin of every tensor of `model` under every name, after the steps of `recipe`.

    Args:
        model: the model after all steps; recipe, outcomes: its steps and what they did.
        stories: of its tensors, by qualified name.
        declares: what a model or an init of the operator's files says it means, by its name in recipes; of a model,
            given what it built.
    """
    return _origins(model, stories, _declarations(model, recipe, outcomes, declares), outcomes)


def origins_when_built(model: nn.Module, stories: Stories, declared: Expectations | None = None) -> dict[str, Origin]:
    """The origin of every tensor under every name of a model just built, of which so much is declared."""
    declarations = [Declaration(0, "the model's constructor", declared)] if declared else []
    return _origins(model, stories, declarations, ())


def _origins(
    model: nn.Module, stories: Stories, declarations: Sequence[Declaration], outcomes: Sequence[Outcome]
) -> dict[str, Origin]:
    entries = named_tensors(model)
    tied: dict[Hashable, list[NamedTensor]] = {}
    for entry in entries:
        tied.setdefault(_place(entry.tensor), []).append(entry)
    found: dict[str, Origin] = {}
    for group in tied.values():
        names = [entry.name for entry in group]
        padding = next((row for each in group if (row := padding_row(each)) is not None), None)
        for entry in group:
            others = [name for name in names if name != entry.name]
            story = stories.get(entry.name, UNSEEN)
            found[entry.name] = _origin(entry, (entry.name, *others), padding, story, declarations, outcomes)
    return {entry.name: found[entry.name] for entry in entries}


def _place(tensor: Tensor) -> Hashable:
    """What two names have in common that reach one tensor, or the same view of one memory."""
    shape = known_shape(tensor)
    if shape is None or not prod(shape) or tensor.is_meta or tensor.layout != torch.strided:
        return id(tensor)
    try:
        where = tensor.data_ptr()
    except RuntimeError:  # of a kind of tensor that has no memory of its own
        where = 0
    return (where, shape, tensor.stride(), tensor.dtype) if where else id(tensor)


def _origin(
    entry: NamedTensor,
    names: tuple[str, ...],
    padding: int | None,
    story: Story,
    declarations: Sequence[Declaration],
    outcomes: Sequence[Outcome],
) -> Origin:
    if is_lazy(entry.tensor):
        text = "it is uninitialized until the first forward pass; run one first"
        return Origin((), text, story)
    shape = known_shape(entry.tensor)
    if shape is None:
        return Origin((), "it is nested: its rows differ in length", story)
    if not prod(shape):
        return Origin((), "it has no elements", story)
    story = _with_unseen(story, entry.name, outcomes, shape)
    subject = Subject(names, shape, story, None if padding is None else Box.read(f"[{padding}]", shape))
    declared = {each.step: declared_premises(each, subject) for each in declarations}
    found = premises(story, shape, {step: how for step, how in declared.items() if how is not None})
    return Origin(found, _text(found, story, shape), story)


def _text(found: tuple[Premise, ...], story: Story, shape: Shape) -> str:
    """Who promises what, part by part where there are several."""
    groups = in_one(found)
    if len(groups) == 1:
        return found[0].text
    if len(groups) > _MOST_PARTS or not groups:
        return in_full(story)
    return "; ".join(f"{places(group, shape)} {group[0].text}".strip() for group in groups)


_MOST_PARTS = 6


def _with_unseen(story: Story, name: str, outcomes: Sequence[Outcome], shape: Shape) -> Story:
    """The story, and that a step changed the tensor in a way that torch does not show, as through numpy."""
    steps = {each.step for each in (*story.earlier, story)}
    for index, outcome in enumerate(outcomes):
        written = any(name == touched and times for touched, times in outcome.touched)
        if written and outcome.run is not None and index + 1 not in steps and max(steps) <= index:
            earlier = (*story.earlier, replace(story, earlier=()))
            story = Story("filled", "code of your own", step=index + 1, shape=shape, earlier=earlier)
    return story


def _declarations(
    model: nn.Module, recipe: Recipe, outcomes: Sequence[Outcome], declares: Declares
) -> list[Declaration]:
    """What the model and each of the steps declare, in order; what cannot be read is said where it is written."""
    found: list[Declaration] = []
    with suppress(ValueError):
        source = recipe.source
        built = declares(recipe.model, model) if source is None else expects.find(source.code, source.entry)
        found += [Declaration(0, "the model's constructor", built)] if built is not None else []
    for index, step in enumerate(recipe.steps):
        if isinstance(step, Custom | FileInit):
            outcome = outcomes[index] if index < len(outcomes) else Outcome()
            found.append(_of_step(index, step, outcome, declares))
    return found


def _read(step: Custom | FileInit, declares: Declares) -> Expectations | None:
    return expects.find(step.code, step.function) if isinstance(step, Custom) else declares(step.function, None)


def _of_step(index: int, step: Custom | FileInit, outcome: Outcome, declares: Declares) -> Declaration:
    function = step.function if isinstance(step, FileInit) else "code of your own"
    who, problem, declared = f"step {index + 1}, {function}", "", None
    try:
        declared = _read(step, declares)
    except ValueError as error:
        problem = f"{who}, declares what cannot be read: {error}"
    wrote = bool(outcome.touched) or outcome.run is None  # a run would know that it touched nothing
    touched = frozenset(name for name, times in outcome.touched if times)
    return Declaration(index + 1, who, declared, step.root, touched, wrote, problem)
