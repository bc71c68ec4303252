"""What can be asked about a model as a whole: its tree, names, ties and prints."""

from dataclasses import dataclass
from typing import Literal

from ..recipe.steps import Options, Where
from .arrays import Bytes
from .base import Request
from .code import Run

RowKind = Literal["module", "parameter", "buffer"]


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One line of the tree: a module, or a tensor registered on the module above it.

    Attributes:
        id: unique among the rows: the qualified name, with a suffix in the rare case of a second use.
        depth: 0 for the root; label: the last segment of the path; name: the whole path, "" for the root.
        type_name: class of a module, "Parameter" or "buffer"; shape, dtype: as text, "" for modules.
        count: distinct parameters at and below a module; elements of a tensor.
        badges: what is unusual about it, a word each; detail: what a tooltip adds to that.
        spark: bar heights in 0..1 of its values' histogram, or nothing.
    """

    id: str
    depth: int
    label: str
    name: str
    kind: RowKind
    type_name: str
    shape: str
    dtype: str
    count: int
    badges: tuple[str, ...] = ()
    detail: str = ""
    spark: tuple[float, ...] = ()


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
class Printed:
    """`print(net)` and `net(X)` for the sample input, as torch prints them."""

    structure: str
    inputs: str
    output: str


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes, uint8 (n,), and one sentence about it."""

    content: Bytes
    note: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A model without its values: names, counts, ties, and what each step did."""

    tensors: tuple[TensorInfo, ...]
    counts: Counts
    groups: tuple[TiedGroup, ...]
    module_types: tuple[str, ...]
    module_names: tuple[str, ...]
    untie: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class GetOverview(Request[Overview]):
    """The model at the later moment, without its values."""

    reply = Overview


@dataclass(frozen=True)
class GetTree(Request[tuple[TreeRow, ...]]):
    """The later moment's module tree as rows, with histogram sparks where that is cheap."""

    reply = tuple[TreeRow, ...]


@dataclass(frozen=True)
class GetPreview(Request[tuple[Touch, ...]]):
    """Which parameters an initialize step would visit at the later moment, how often, and where it cannot apply."""

    scheme: str
    where: Where
    options: Options = ()
    reply = tuple[Touch, ...]


@dataclass(frozen=True)
class GetPrinted(Request[Printed]):
    """The later moment's model and its output on the sample input, as torch prints them."""

    reply = Printed
    runs_model = True


@dataclass(frozen=True)
class GetWeights(Request[File]):
    """The later moment's state as a safetensors file."""

    reply = File
    reply_bytes = 4 * 2**30
