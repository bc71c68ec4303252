"""The verdict on a model and an init of a person's own files, reached as the pages reach it: by replaying a recipe."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import nn

from ..code.command_line import one_object
from ..code.operator_files import declared, files_imported
from ..module.seeding import seeded
from ..module.walk import NamedTensor, named_tensors
from ..questions.theory import ModelVerdict
from ..recipe.own_files import OwnInit
from ..recipe.recipe import Recipe
from ..recipe.schemes.table import SCHEMES, resolve_options
from ..recipe.steps import FileInit
from ..replaying.initializing import initialize, refusal
from ..replaying.replay import Replayed, StepError, replayed
from ..sharing.equal import equality
from ..tensor.buffers import one_thread
from ..theory.misfits import misfits, shape_of
from ..theory.model_verdict import ModelCheck
from ..theory.origins import origins

_MOST_MISFITS = 5


def check(
    build: str, init: str | None, seed: int, draws: int = 1, told: Callable[[str], object] = lambda _: None
) -> ModelVerdict:
    """The verdict on a model drawn with `seed`, one of so many `draws` that all have to pass.

    Args:
        build: reference to the model, as the command takes it; init: to an init, or a scheme's name; None for neither.
        seed: of the files' own draws, of the build and of the init.
        draws: how many seeds are tried.
        told: called with a sentence on each file that changed torch or Python, which was undone.

    Raises:
        ValueError: a reference names nothing that can be used, or its code fails.
    """
    scheme = _scheme_called(init)
    references = [one_object("model", build), *([one_object("init", init)] if init and not scheme else [])]
    with files_imported(tuple(references), seed) as files:
        if files.complaints:
            raise ValueError(files.complaints[0])
        for sentence in files.undone:
            told(sentence)
        steps = tuple(FileInit(own.name, own.applies_to, seed=seed) for own in files.inits)
        recipe = Recipe(files.models[0].name, seed, steps)
        try:
            done = replayed(recipe)
        except StepError as error:
            raise ValueError(error.reason) from error
        _check_declarations(recipe.model, files.inits, done.model)
        if scheme:
            _draw(done, scheme, seed)
        stories = done.stories
        promised = origins(done.model, recipe, done.outcomes, stories, declared)
    equal = equality(done.model, stories)
    return replace(ModelCheck(done.model, promised, draws).model(), equal=equal.groups, starts=equal.starts)


def _scheme_called(init: str | None) -> str:
    """The scheme that `--init` names, by its own name or by torch's, "" where it names none."""
    name = (init or "").removeprefix("torch.nn.init:").removesuffix("_")
    return name if name in SCHEMES else ""


def _check_declarations(built: str, inits: Sequence[OwnInit], model: nn.Module) -> None:
    """Raise ValueError where the model or an init declares what cannot be read, or what cannot be true of the model."""
    entries = [(entry.name, shape_of(entry)) for entry in named_tensors(model)]
    for name in (built, *(init.name for init in inits)):
        expectations = declared(name, model)
        said = misfits(expectations, entries) if expectations else []
        if said:
            raise ValueError(f"{name} declares what cannot be: {'; '.join(said[:_MOST_MISFITS])}")


@one_thread()
def _draw(done: Replayed, scheme: str, seed: int) -> None:
    """Draw a scheme into every weight that it fits, observed as the recipe's first step."""
    options = resolve_options(scheme, {})
    fitting = [entry.tensor for entry in _weights(done.model) if refusal(entry.tensor, scheme, options) is None]
    if not fitting:
        raise ValueError(f"{scheme} fits no weight of this model; choose another scheme")
    done.seen.at(1)
    with seeded(seed), done.seen.watching():
        for tensor in fitting:
            initialize(tensor, scheme, options)


def _weights(model: nn.Module) -> list[NamedTensor]:
    """Every distinct parameter called weight that has two axes or more."""
    weights = {id(e.tensor): e for e in reversed(named_tensors(model)) if e.name.rpartition(".")[2] == "weight"}
    return [
        entry
        for entry in reversed(weights.values())
        if entry.kind == "parameter" and not nn.parameter.is_lazy(entry.tensor) and entry.tensor.dim() > 1
    ]
