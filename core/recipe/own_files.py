"""What the operator's own files hold."""

from dataclasses import dataclass, field
from typing import Literal

from .numbers import Count
from .steps import AppliesTo
from .words import Lines, Name, Words


@dataclass(frozen=True, slots=True)
class OwnArgument:
    """An argument of a model's factory; `choices` where its annotation is a Literal of words."""

    name: Name
    kind: Literal["int", "float", "bool", "str"]
    default: bool | int | float | Name
    choices: tuple[Name, ...] = ()


#: How a model's inputs are given: one argument, several, or by their names.
Takes = Literal["one", "several", "named"]


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A model: its name in recipes (`model.py:build`), what its docstring says first, the arguments of its factory.

    Attributes:
        is_net: whether the name is that of a net, to be copied, and not of a function or class to be called.
        takes: how what its file's batch gives is given to it.
    """

    name: Name
    about: Words
    arguments: tuple[OwnArgument, ...]
    is_net: bool = False
    takes: Takes = "one"


@dataclass(frozen=True, slots=True)
class OwnInit:
    """An init function: its name in recipes (`inits.py:my_init`), what its docstring says first, what it is given.

    Attributes:
        applies_to: what its arguments ask for, as far as these tell; choices: what it could be given.
        called: how it is called, `my_init(m)`.
    """

    name: Name
    about: Words
    applies_to: AppliesTo
    choices: tuple[AppliesTo, ...] = field(default=(), compare=False)
    called: Words = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class OwnCheckpoint:
    """A checkpoint, which is shown as a net of plain containers.

    Attributes:
        name: in recipes, `weights.safetensors@sha256:3fa9…`; title: what tells it from the others that are here.
        about: what is to be known of it, in whole sentences; nbytes: of its tensors, shared ones once.
        loading: the lines of Python that leave its tensors by name in `tensors`; "" where no script can, which
            `unscripted` says in a sentence.
    """

    name: Name
    title: Words
    about: Words
    nbytes: Count
    loading: Lines = ""
    unscripted: Words = ""


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """Everything the operator's files hold, and a sentence on each file that could not be imported.

    Attributes:
        undone: a sentence on each file that changed torch or Python for everybody when it was imported.
        version: as `core.code.command_line.version` of what was imported.
        neighbors: paths of what these files import of a person's own, which belong to that version.
    """

    models: tuple[OwnModel, ...] = ()
    inits: tuple[OwnInit, ...] = ()
    complaints: tuple[Words, ...] = ()
    version: Name = ""
    undone: tuple[Words, ...] = ()
    checkpoints: tuple[OwnCheckpoint, ...] = ()
    neighbors: tuple[Words, ...] = ()
