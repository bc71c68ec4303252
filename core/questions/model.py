"""What can be asked about a model as a whole: its tree, names, ties and prints."""

from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from ..recipe.numbers import Count, Shape
from ..recipe.steps import Options, Subtree, Where
from ..recipe.words import Lines, Name, Words
from .arrays import Bytes
from .base import Request
from .checks import differ, must
from .code import Run

RowKind = Literal["module", "parameter", "buffer"]
Height = Annotated[float, Field(ge=0, le=1)]
_MOST_BADGES, _MOST_BARS = 32, 100


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

    id: Name
    depth: Count
    label: Name
    name: Name
    kind: RowKind
    type_name: Words
    shape: Words
    dtype: Words
    count: Count
    badges: Annotated[tuple[Words, ...], Field(max_length=_MOST_BADGES)] = ()
    detail: Words = ""
    spark: Annotated[tuple[Height, ...], Field(max_length=_MOST_BARS)] = ()


def _is_a_tree(rows: tuple[TreeRow, ...]) -> tuple[TreeRow, ...]:
    differ((row.id for row in rows), "ids")
    depths = [row.depth for row in rows]
    must(depths[:1] == [0], "the first row is the root")
    must(all(0 < below <= above + 1 for above, below in pairwise(depths)), "a row lies right below one above it")
    return rows


Tree = Annotated[tuple[TreeRow, ...], AfterValidator(_is_a_tree)]
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

    name: Name
    kind: TensorKind
    shape: Shape | None
    dtype: Words
    device: Words
    numel: Count
    trainable: bool
    lazy: bool
    persistent: bool
    tied_with: tuple[Name, ...]

    def __post_init__(self) -> None:
        must(self.numel == (0 if self.shape is None else prod(self.shape)), "the shape has as many elements")


@dataclass(frozen=True, slots=True)
class ModuleNode:
    """A module under one of its names, with what is registered on it and below it.

    Attributes:
        name: qualified name, "" for the root; type_name: class name; training: its mode.
        parameters, buffers: those registered on this very module, in registration order.
        num_parameters: elements of the distinct parameters at and below it.
        shared_with: other qualified names of the same module object.
    """

    name: Name
    type_name: Name
    training: bool
    parameters: tuple[TensorInfo, ...]
    buffers: tuple[TensorInfo, ...]
    children: tuple["ModuleNode", ...]
    num_parameters: Count
    shared_with: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class TiedGroup:
    """Names that reach the same bytes, in registration order, and why they do."""

    names: tuple[Name, ...]
    kind: TieKind


@dataclass(frozen=True, slots=True)
class Counts:
    """How many parameters a model has: unique objects, summed by path, and bytes really stored."""

    unique: Count
    by_path: Count
    stored_bytes: Count
    tensors: Count
    trainable: Count


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did: how often it visited which parameters, the loss before each update it made, a run of code."""

    touched: tuple[tuple[Name, Count], ...] = ()
    losses: tuple[float, ...] = ()
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """A parameter an initialize step would visit: how often, and why its scheme cannot apply (None when it can)."""

    name: Name
    shape: Shape | None
    times: Count
    refusal: Words | None
    tied_with: tuple[Name, ...]


def _each_once(touched: tuple[Touch, ...]) -> tuple[Touch, ...]:
    differ((touch.name for touch in touched), "names of parameters")
    return touched


Touches = Annotated[tuple[Touch, ...], AfterValidator(_each_once)]


@dataclass(frozen=True, slots=True)
class Printed:
    """`print(net)` and `net(X)` for the sample input, as torch prints them; of a module below the net the first.

    Without a sample input `inputs` is empty, and `output` says in a sentence why, and the way out.
    """

    structure: Lines
    inputs: Lines
    output: Lines


@dataclass(frozen=True, slots=True)
class Listing:
    """What a module lists of its tensors, as torch prints it.

    Attributes:
        expression: Python that gives this very module.
        state: `print(module.state_dict())`; parameters: `print(*[(name, p.shape) for name, p in ...])`.
    """

    expression: Lines
    state: Lines
    parameters: Lines


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes, uint8 (n,), and one sentence about it."""

    content: Bytes
    note: Words


@dataclass(frozen=True, slots=True)
class Overview:
    """A model without its values: names, counts, ties, and what each step did.

    Attributes:
        runs_own_code: whether a forward pass runs code that a person wrote in a browser, so that what it shows comes
            from the process in which that code runs.
        usual: what an initialize step means at first, a place that exists.
    """

    tensors: tuple[TensorInfo, ...]
    counts: Counts
    groups: tuple[TiedGroup, ...]
    module_types: tuple[Name, ...]
    module_names: tuple[Name, ...]
    untie: tuple[Name, ...]
    outcomes: tuple[Outcome, ...]
    usual: Subtree
    runs_own_code: bool = False

    def __post_init__(self) -> None:
        differ((info.name for info in self.tensors), "names of tensors")
        must(self.module_names, "there is a root module")
        must(len(self.untie) == len(self.groups), "each group says how to untie it")


@dataclass(frozen=True)
class GetOverview(Request[Overview]):
    """The model at the later moment, without its values."""

    reply = Overview

    def check(self, answer: Any, moment: int, /) -> None:
        """What each step did is told."""
        must(len(answer.outcomes) == moment, "there is an outcome for each step")


@dataclass(frozen=True)
class GetTree(Request[Tree]):
    """The later moment's module tree as rows, with histogram sparks where that is cheap."""

    reply = Tree


@dataclass(frozen=True)
class GetPreview(Request[Touches]):
    """Which parameters an initialize step would visit at the later moment, how often, and where it cannot apply."""

    scheme: str
    where: Where
    options: Options = ()
    reply = Touches


@dataclass(frozen=True)
class GetPrinted(Request[Printed]):
    """The later moment's model and its output on the sample input, or one module of it, as torch prints them."""

    module: str = ""
    reply = Printed
    runs_model = True


@dataclass(frozen=True)
class GetListing(Request[Listing]):
    """What the named module of the later moment lists of its tensors; "" is the net."""

    module: str = ""
    reply = Listing


@dataclass(frozen=True)
class GetWeights(Request[File]):
    """The later moment's state as a safetensors file."""

    reply = File
    reply_bytes = 4 * 2**30
