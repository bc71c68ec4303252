"""What a process that ran a person's code hands over: a model as names, shapes and bytes, and none of its code."""

from dataclasses import dataclass
from typing import Literal

from ..recipe.words import Name
from .arrays import Bytes
from .model import Outcome
from .story import Story

#: How a tensor keeps its values: in bytes at strides, in parts that are tensors, or not at all.
TensorForm = Literal["strided", "sparse_coo", "compressed", "quantized", "lazy", "meta"]
Plain = bool | int | float | str | None
#: Numbers of a tuple, characters of a text, bits of a whole number: what is longer is no setting of a module.
LONGEST_ATTRIBUTE = 4096


@dataclass(frozen=True, slots=True)
class HeldClass:
    """A module's class, as far as it can be known without its code.

    Attributes:
        name: its own; known: qualified name of the nearest class above it that torch or the catalog brings, which is
            the class itself where that is `exact`.
        resets: which of torch's methods that initialize it has of its own.
    """

    name: str
    known: str
    exact: bool
    resets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldModule:
    """A module: the index of its class, its plain attributes, and under each name the index of what it registers.

    A buffer has with it whether it is part of the state.
    """

    kind: int
    training: bool
    attributes: tuple[tuple[str, Plain | tuple[Plain, ...]], ...]
    parameters: tuple[tuple[str, int | None], ...]
    buffers: tuple[tuple[str, int | None, bool], ...]
    children: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class HeldTensor:
    """One tensor, whatever its names.

    Attributes:
        region: index of the bytes it lies in; offset: of its first element, in bytes.
        parts: indices of the tensors that a sparse or quantized one consists of; numbers: what belongs to them.
        layout: as torch calls it; grad: index of its gradient.
    """

    form: TensorForm
    dtype: str
    shape: tuple[int, ...]
    is_parameter: bool
    requires_grad: bool
    layout: str = "strided"
    stride: tuple[int, ...] = ()
    region: int | None = None
    offset: int = 0
    parts: tuple[int, ...] = ()
    numbers: tuple[float, ...] = ()
    grad: int | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """A model at one moment of a recipe.

    Attributes:
        moment: after how many steps; outcome: what the last of them did, as the process says that ran it.
        foreign: whether a forward pass runs other code than that of torch and the catalog.
        modules: each once, the root first; tensors: each once.
        stories: of its tensors by name, as the process says that ran the code.
        sizes: of each region of memory, in bytes; regions: these bytes, or nothing where nobody will look at them.
    """

    moment: int
    foreign: bool
    outcome: Outcome
    classes: tuple[HeldClass, ...]
    modules: tuple[HeldModule, ...]
    tensors: tuple[HeldTensor, ...]
    sizes: tuple[int, ...]
    regions: tuple[Bytes, ...] = ()
    stories: tuple[tuple[Name, Story], ...] = ()
