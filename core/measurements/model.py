"""What is known of a model and its tensors without their values."""

from dataclasses import dataclass
from typing import Literal

from core.measurements.arrays import Bytes
from core.measurements.custom import Run

TensorKind = Literal["parameter", "buffer"]
TieKind = Literal[
    "same module",
    "same parameter",
    "same storage",
    "transposed view",
    "overlapping slices",
    "buffer alias",
]


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One parameter or buffer under one of its names.

    Attributes:
        name: qualified name; shape: None while uninitialized; numel: 0 while uninitialized.
        trainable: `requires_grad`; lazy: uninitialized until the first forward pass.
        persistent: whether it is a key of `state_dict()`.
        tied_with: its other names, in registration order.
    """

    name: str
    kind: TensorKind
    shape: tuple[int, ...] | None
    dtype: str
    device: str
    numel: int
    trainable: bool
    lazy: bool
    persistent: bool
    tied_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModuleNode:
    """A module under one of its names, with what is registered on it and below it.

    Attributes:
        name: qualified name, "" for the root; type_name: class name; training: its mode.
        parameters, buffers: those registered on this very module, in registration order.
        num_parameters: elements of the distinct parameters at and below it.
        shared_with: other qualified names of the same module object.
    """

    name: str
    type_name: str
    training: bool
    parameters: tuple[TensorInfo, ...]
    buffers: tuple[TensorInfo, ...]
    children: tuple["ModuleNode", ...]
    num_parameters: int
    shared_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TiedGroup:
    """Names that reach the same bytes, in registration order, and why they do."""

    names: tuple[str, ...]
    kind: TieKind


@dataclass(frozen=True, slots=True)
class Counts:
    """How many parameters a model has: unique objects, summed by path, and bytes really stored."""

    unique: int
    by_path: int
    stored_bytes: int
    tensors: int
    trainable: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did: how often it visited which parameters, the loss before each update it made, a run of code."""

    touched: tuple[tuple[str, int], ...] = ()
    losses: tuple[float, ...] = ()
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """A parameter an initialize step would visit: how often, and why its scheme cannot apply (None when it can)."""

    name: str
    shape: tuple[int, ...] | None
    times: int
    refusal: str | None
    tied_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """How one tensor is reached from code and what is there.

    Attributes:
        expressions: Python expressions that give this very object; state_dict_key: its key, None when not saved.
        class_name: type of the object; value, grad: as torch prints them, grad None before any backward pass.
        grad_note: one sentence about the gradient.
    """

    info: TensorInfo
    expressions: tuple[str, ...]
    state_dict_key: str | None
    class_name: str
    value: str
    grad: str | None
    grad_note: str


@dataclass(frozen=True, slots=True)
class Printed:
    """`print(net)` and `net(X)` for the sample input, as torch prints them."""

    structure: str
    inputs: str
    output: str


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two tensors of one model are apart: whether bit for bit equal, L2 norm and largest magnitude."""

    equal: bool
    l2: float | None
    largest: float | None


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes, uint8 (n,), and one sentence about it."""

    content: Bytes
    note: str
