"""The operator's files in a process: imported once, and found again by their names in recipes."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from torch import nn

from ..observation import Provenance
from ..questions.story import Story
from ..recipe import catalog
from ..recipe.checkpoint_name import digest_of, file_of, missing
from ..recipe.expectations import Expectations
from ..recipe.own_files import OwnFiles, Takes
from ..text import plain
from .checkpoint_files import HeldCheckpoint, held_checkpoint, titles
from .command_line import NamedFile, version
from .contents import InitFunction, ModelFunctions, inits_in, model_in
from .importing import Imported, imported, neighbors_of


@dataclass(frozen=True)
class _Registry:
    """What was imported, and the functions of it by their names in recipes, such as `inits.py:my_init`."""

    files: OwnFiles = field(default_factory=OwnFiles)
    models: Mapping[str, ModelFunctions] = field(default_factory=dict)
    inits: Mapping[str, InitFunction] = field(default_factory=dict)
    checkpoints: Mapping[str, HeldCheckpoint] = field(default_factory=dict)  # by SHA-256
    seen: Provenance | None = None
    named: tuple[NamedFile, ...] = ()
    built: frozenset[str] = frozenset()


#: Replaced as a whole, and only by `_use`.
_registry = _Registry()


class MissingError(ValueError):
    """A recipe names a function of a file that this Paramscope was not started with."""


def import_files(files: tuple[NamedFile, ...], broken: Mapping[NamedFile, str] | None = None) -> OwnFiles:
    """Import exactly these files; one that fails is a complaint, and everything else still works.

    Args:
        files: as a command line names them.
        broken: those that are known to be no good, each with the sentence on why: they are not imported.
    """
    return _use(_read(files, broken or {}))


@contextmanager
def files_imported(files: tuple[NamedFile, ...], seed: int) -> Iterator[OwnFiles]:
    """Meanwhile these are the operator's files, run anew with their draws from `seed`."""
    before = _registry
    try:
        yield _use(_read(files, {}, seed))
    finally:
        _use(before)


def note_built(names: Collection[str], takes: Mapping[str, Takes]) -> None:
    """Keep which models could be built outside of the jail, and how some of them take what their file's batch gives.

    What was imported by now belongs to the files' version.
    """
    neighbors = neighbors_of(_registry.named)
    models = tuple(replace(each, takes=takes.get(each.name, each.takes)) for each in _registry.files.models)
    digest = version(_registry.named, neighbors)
    files = replace(_registry.files, models=models, version=digest, neighbors=neighbors)
    _use(replace(_registry, files=files, built=frozenset(names)))


def can_be_built(name: str) -> bool:
    """Whether the model of that name is known to be built where files can be opened."""
    return name in _registry.built


def own_files() -> OwnFiles:
    """What this process has imported."""
    return _registry.files


def seen() -> Provenance | None:
    """Who wrote what while the files were imported; None where none were."""
    return _registry.seen


def stories(name: str) -> dict[str, Story]:
    """Of the tensors of a net that stands in a file or a checkpoint; none of a model that a function builds."""
    if (held := _registry.checkpoints.get(digest_of(name))) is not None:
        return dict(held.stories)
    net = _registry.models[name].net if name in _registry.models else None
    return {} if net is None or _registry.seen is None else _registry.seen.of(net)


def checkpoint(name: str) -> HeldCheckpoint:
    """The checkpoint of that name in recipes; its SHA-256 decides.

    Raises:
        MissingError: it is not here.
    """
    held = _registry.checkpoints.get(digest_of(name))
    if held is None:
        others = {file_of(each.record.name): digest for digest, each in _registry.checkpoints.items()}
        raise MissingError(missing(name, others))
    return held


def model_functions(name: str) -> ModelFunctions:
    """The model of that name in recipes.

    Raises:
        MissingError: there is none.
    """
    if name not in _registry.models:
        raise MissingError(_missing(name))
    return _registry.models[name]


def init_function(name: str) -> InitFunction:
    """The init of that name in recipes.

    Raises:
        MissingError: there is none.
    """
    if name not in _registry.inits:
        raise MissingError(_missing(name))
    return _registry.inits[name]


def declared(name: str, net: nn.Module | None = None) -> Expectations | None:
    """What the model or the init of that name says its tensors should be; None where it says nothing.

    Args:
        name: as in recipes.
        net: of a model, what it built, whose class may say it.

    Raises:
        MissingError: there is none of that name.
        ValueError: what it says cannot be read.
    """
    if name in _registry.models:
        declares = _registry.models[name].declares
        of_inits = any(init.module is declares.module for init in _registry.inits.values())
        return declares.by(net, of_file=not of_inits)  # what a file with inits says as a whole is about these
    return init_function(name).declares.by()


def _missing(name: str) -> str:
    return f"there is no {plain(name)} here; start Paramscope with its file, or choose another"


def _use(registry: _Registry) -> OwnFiles:
    global _registry
    _registry = registry
    catalog.register(registry.files.models, registry.files.checkpoints)
    return registry.files


def _read(files: tuple[NamedFile, ...], broken: Mapping[NamedFile, str], seed: int = 0) -> _Registry:
    models: dict[str, ModelFunctions] = {}
    inits: dict[str, InitFunction] = {}
    checkpoints: dict[str, HeldCheckpoint] = {}
    complaints: list[str] = []
    modules: dict[str, Imported] = {}
    digest, observed, called = version(files), Provenance(), titles(files)
    for file in files:
        try:
            if file in broken:
                raise ValueError(broken[file])  # caught below, with what importing says
            if file.kind == "checkpoint":
                held = held_checkpoint(file, called[file])
                checkpoints.setdefault(digest_of(held.record.name), held)
                continue
            if file.target not in modules:
                with observed.watching():
                    modules[file.target] = imported(file, seed)
            module = modules[file.target].module  # once: a class imported twice is two classes
            if file.kind == "model":
                model = model_in(file, module)
                models[model.record.name] = model
            else:
                inits |= {init.record.name: init for init in inits_in(file, module)}
        except ValueError as error:
            complaints.append(str(error))
    listed = tuple(model.record for model in models.values()), tuple(init.record for init in inits.values())
    undone = tuple(each.undone for each in modules.values() if each.undone)
    opened = tuple(held.record for held in checkpoints.values())
    found = OwnFiles(*listed, tuple(complaints), digest, undone, opened)
    return _Registry(found, models, inits, checkpoints, observed if files else None, files)
