"""The verdict on a model and an init of a person's own files, reached as the pages reach it: by replaying a recipe."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ..code.command_line import NamedFile, checkpoint, is_checkpoint, one_object, told_apart
from ..code.operator_files import declared, files_imported
from ..code.signatures import GIVEN
from ..module.seeding import seeded
from ..module.walk import NamedTensor, named_tensors
from ..questions.code import Fate
from ..questions.model import Outcome
from ..questions.theory import ModelVerdict
from ..recipe.own_files import OwnInit
from ..recipe.recipe import Recipe
from ..recipe.schemes.table import SCHEMES, promise_of, resolve_options
from ..recipe.steps import FileInit
from ..replaying.initializing import initialize, refusal
from ..replaying.replay import Replayed, StepError, replayed
from ..sharing.equal import equality
from ..tensor.buffers import one_thread
from ..tensor.readable import is_stored, known_shape
from ..theory.misfits import misfits, shape_of
from ..theory.model_verdict import ModelCheck
from ..theory.origins import origins
from .unchecked import listed, unchecked


@dataclass(frozen=True)
class Check:
    """What is to be said of a model drawn with one seed.

    Attributes:
        verdict: on the tensors that could be checked.
        unchecked: a sentence on what could not be, with the reason and the way out.
        idle: why the init wrote to nothing of the model, "" where it did or there is none.
        init: the init, and what it was given.
        told: a sentence on each tie that the init broke and on each write of its that was lost, with the way out.
        failed: why the init could not be run to its end, so that the verdict is on the model as it was built.
    """

    verdict: ModelVerdict
    unchecked: tuple[str, ...] = ()
    idle: str = ""
    init: OwnInit | None = None
    told: tuple[str, ...] = ()
    failed: str = ""


_MOST_MISFITS = 5
_MOST_REASONS = 4
_LEFT = "it left every tensor as it was; let it write in place, nn.init.normal_(m.weight)"


def check(
    build: str, init: str | None, seed: int, draws: int = 1, told: Callable[[str], object] = lambda _: None
) -> ModelVerdict:
    """The verdict alone of `checked`, which tells of the arguments; raises ValueError also where the init fails."""
    found = checked(build, init, seed, draws, told)
    if found.failed:
        raise ValueError(found.failed)
    return found.verdict


def checked(
    build: str,
    init: str | None,
    seed: int,
    draws: int = 1,
    told: Callable[[str], object] = lambda _: None,
    given: str = "",
) -> Check:
    """The check of a model drawn with `seed`, one of so many `draws` that all have to pass.

    Args:
        build: reference to the model, as the command takes it; init: to an init, or a scheme's name; None for neither.
        seed: of the files' own draws and of the build; the init has the next, as a step on a page, for after the same
            one it would draw the numbers of the build again.
        draws: how many seeds are tried.
        told: called with a sentence on each file that changed torch or Python, which was undone.
        given: what the init is to be given, "" for what its arguments ask for.

    Raises:
        ValueError: a reference names nothing that can be used, or the code that builds the model fails.
    """
    scheme = _scheme_called(init)
    if given and (scheme or not init):
        raise ValueError(f"--given {given} says what a function of --init is given; there is none")
    references = [_built(build), *([one_object("init", init, given)] if init and not scheme else [])]
    with files_imported(told_apart(references), seed) as files:
        if files.complaints:
            raise ValueError(files.complaints[0])
        for sentence in files.undone:
            told(sentence)
        (name,) = [*(model.name for model in files.models), *(each.name for each in files.checkpoints)]
        built = Recipe(name, seed)
        later = built.next_seed()
        recipe = replace(built, steps=tuple(FileInit(own.name, own.applies_to, seed=later) for own in files.inits))
        failed = ""
        try:
            done = replayed(recipe)
        except StepError as error:
            failed = _with_what_was_given(error.reason, files.inits)
            recipe, done = built, replayed(built)
        _check_declarations([*(each.name for each in files.models), *(each.name for each in files.inits)], done.model)
        undrawn = _draw(done, scheme, later) if scheme else {}
        stories = done.stories
        promised = origins(done.model, recipe, done.outcomes, stories, declared)
    equal = equality(done.model, stories)
    verdict = replace(ModelCheck(done.model, promised, draws).model(), equal=equal.groups, starts=equal.starts)
    if failed:
        verdict = replace(verdict, sentence=f"{verdict.sentence}; as it was built, for the init failed")
    idle = _idle(done.model, done.outcomes[-1]) if recipe.steps else ""
    runs = [outcome.run for outcome in done.outcomes if outcome.run is not None]
    said = () if idle else tuple(sentence for run in runs for sentence in run.sentences)
    not_checked = unchecked(done.model, verdict, promised, undrawn)
    return Check(verdict, not_checked, idle, next(iter(files.inits), None), said, failed)


def _built(reference: str) -> NamedFile:
    """What is to be checked: a checkpoint, or an object of a file or a module."""
    return checkpoint(reference) if is_checkpoint(reference) else one_object("model", reference)


def _with_what_was_given(reason: str, inits: Sequence[OwnInit]) -> str:
    """A failure of an init with what it was given, for that was a guess."""
    return f"{reason}; {inits[0].called} was given {GIVEN[inits[0].applies_to]}" if inits else reason


def _scheme_called(init: str | None) -> str:
    """The scheme that `--init` names, by its own name or by torch's, "" where it names none."""
    name = (init or "").replace("torch.nn.init:", "").replace("torch.nn.init.", "").removesuffix("_")
    return name if name in SCHEMES else ""


def _check_declarations(names: Sequence[str], model: nn.Module) -> None:
    """Raise ValueError where the model or an init declares what cannot be read, or what cannot be true of the model."""
    entries = [(entry.name, shape_of(entry)) for entry in named_tensors(model)]
    for name in names:
        expectations = declared(name, model)
        said = misfits(expectations, entries) if expectations else []
        if said:
            raise ValueError(f"{name} declares what cannot be: {'; '.join(said[:_MOST_MISFITS])}")


def _idle(model: nn.Module, outcome: Outcome) -> str:
    """Why nothing of the model was written, of each tensor that the init had to do with; "" where something was."""
    held = {entry.name for entry in named_tensors(model)}
    fates = outcome.run.fates if outcome.run else ()
    if any(times and name in held for name, times in outcome.touched):
        return ""
    told = [fate for fate in fates if fate.reason]
    alike: dict[str, list[Fate]] = {}
    for fate in [fate for fate in told if fate.kind != "untouched"] or told:
        alike.setdefault(fate.reason, []).append(fate)
    said = [
        (listed([fate.name for fate in group]), "; ".join(part for part in (reason, group[0].cure) if part))
        for reason, group in [*alike.items()][:_MOST_REASONS]
    ]
    if len(alike) == 1 and len(next(iter(alike.values()))) == len(told):
        return said[0][1]
    return ". ".join(f"{names}: {reason}" for names, reason in said) or _LEFT


@one_thread()
def _draw(done: Replayed, scheme: str, seed: int) -> dict[str, str]:
    """Draw a scheme into every weight that it fits, observed as the recipe's first step.

    Returns:
        why torch refuses a weight whose shape the scheme fits, by name.
    """
    options = resolve_options(scheme, {})
    weights = [entry for entry in _weights(done.model) if _fits(entry, scheme, options)]
    refused = {entry.name: refusal(entry.tensor, scheme, options) for entry in weights}
    if not weights:
        raise ValueError(f"{scheme} fits no weight of this model; choose another scheme")
    done.seen.at(1)
    with seeded(seed), done.seen.watching():
        for entry in weights:
            if refused[entry.name] is None:
                initialize(entry.tensor, scheme, options)
    return {name: f"{scheme} cannot be drawn into it: {reason}" for name, reason in refused.items() if reason}


def _fits(entry: NamedTensor, scheme: str, options: dict[str, Any]) -> bool:
    try:
        promise_of(scheme, options, tuple(entry.tensor.shape))
    except ValueError:  # of its shape, or without elements
        return False
    return True


def _takes_draws(tensor: Tensor) -> bool:
    """Whether torch can draw into it or says why not: no rows of different length, no wrapper, no lost bytes."""
    return known_shape(tensor) is not None and (is_stored(tensor) or tensor.is_meta or tensor.layout != torch.strided)


def _weights(model: nn.Module) -> list[NamedTensor]:
    """Every distinct parameter called weight that has two axes or more."""
    weights = {id(e.tensor): e for e in reversed(named_tensors(model)) if e.name.rpartition(".")[2] == "weight"}
    return [
        entry
        for entry in reversed(weights.values())
        if entry.kind == "parameter" and _takes_draws(entry.tensor) and entry.tensor.dim() > 1
    ]
