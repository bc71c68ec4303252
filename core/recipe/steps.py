"""The steps of a recipe: frozen values that name tensors by qualified name and carry their own seed.

Each step has a literal `op`, each place a literal `kind`; they tell the classes apart in JSON. Construction checks
what can be known without a model and raises ValueError. Beside its fields each step says:

    seed: what its draws start from; None where it draws nothing
    holds_code: whether it holds Python that a visitor wrote
    rounds: whether it sums or decomposes, so that its last bits depend on how many threads share the work
    renames: whether names reach other tensors after it
    reshapes: whether a tensor may first get its shape by it
    computes: whether it runs the model

A new step is a class here, a member of `Step`. What does not know it yet is a type error: run mypy.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic.dataclasses import dataclass

from ..text import short
from . import edit_formula
from .schemes.scheme import Value
from .schemes.table import SCHEMES, resolve_options

#: Rows of the batch a forward pass sees, and of the one a training step sees.
SAMPLE_ROWS, TRAIN_ROWS = 2, 16
STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


def _pairs(value: object) -> object:
    return tuple(value.items()) if isinstance(value, Mapping) else value


def _readable(code: str) -> str:
    if not code.strip():
        raise ValueError("there is no code; write def my_init(m): ... or choose a template")
    if len(code) > MAX_CODE:
        raise ValueError(f"the code has {len(code):,} characters, more than {MAX_CODE:,}; keep what the init needs")
    odd = next((character for character in code if character == "\0" or "\ud800" <= character <= "\udfff"), None)
    if odd is not None:
        raise ValueError(f"the code holds the character \\u{ord(odd):04x}, which no program can; type it anew")
    return code


MAX_CODE = 20_000
#: Characters of a name that a step can hold; a model may have longer ones.
LONGEST_NAME = 2000
Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME)]
MAX_SEED = 2**63 - 1
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
#: A person's Python, as text; only a worker ever compiles it.
Code = Annotated[str, AfterValidator(_readable)]
#: What a custom init is given: every module, every parameter, the whole place, or nothing (its statements use `net`);
#: or two things in that order, a name being that below the place, and `net` the whole net, as a method's `self`.
AppliesTo = Literal[
    "modules",
    "tensors",
    "net",
    "statements",
    "module,name",
    "name,module",
    "tensor,name",
    "name,tensor",
    "net,module",
    "net,tensor",
]
#: `torch.optim.SGD`, the same with MOMENTUM, `torch.optim.Adam`; all else is torch's default.
OptimizerName = Literal["sgd", "momentum", "adam"]
MOMENTUM = 0.9
#: Named values as sorted pairs, so that a step stays hashable; a JSON object outside, any mapping at construction.
Options = Annotated[
    tuple[tuple[str, Value], ...],
    BeforeValidator(_pairs),
    PlainSerializer(dict, return_type=dict[str, Any]),
]


@dataclass(frozen=True, config=STRICT)
class Subtree:
    """Parameters whose own name matches `parameter`, in modules at and below `root`, as `root.apply(fn)` visits.

    Attributes:
        root: qualified module name, "" for the whole net.
        module_type: class name of the modules meant, "" for any.
        parameter: name or shell pattern of the parameters meant, e.g. `weight` or `*`.
    """

    root: Name = ""
    module_type: Name = ""
    parameter: Name = "weight"
    kind: Literal["subtree"] = "subtree"


@dataclass(frozen=True, config=STRICT)
class Pattern:
    """Parameters whose qualified name matches a shell pattern such as `blocks.*.weight`."""

    pattern: Name
    kind: Literal["pattern"] = "pattern"


@dataclass(frozen=True, config=STRICT)
class OneTensor:
    """The one parameter of that qualified name."""

    name: Name
    kind: Literal["tensor"] = "tensor"


Where = Annotated[Subtree | Pattern | OneTensor, Field(discriminator="kind")]


@dataclass(frozen=True, config=STRICT)
class Initialize:
    """Draw a built-in scheme into the parameters of a place."""

    scheme: Name
    where: Where = Subtree()
    options: Options = ()
    seed: Seed = 0
    op: Literal["initialize"] = "initialize"
    holds_code: ClassVar[bool] = False
    renames: ClassVar[bool] = False
    reshapes: ClassVar[bool] = False
    computes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Complete and check the options."""
        object.__setattr__(self, "options", tuple(resolve_options(self.scheme, dict(self.options)).items()))

    @property
    def random(self) -> bool:
        """Whether the scheme draws random numbers."""
        return SCHEMES[self.scheme].random

    @property
    def rounds(self) -> bool:
        """Whether the scheme decomposes a matrix."""
        return SCHEMES[self.scheme].decomposes


@dataclass(frozen=True, config=STRICT)
class Edit:
    """Write values into one parameter or buffer by a formula on `w` (see `core.recipe.edit_formula`)."""

    tensor: Name
    formula: Name
    op: Literal["edit"] = "edit"
    holds_code: ClassVar[bool] = False
    seed: ClassVar[None] = None
    renames: ClassVar[bool] = False
    reshapes: ClassVar[bool] = False
    computes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check that the formula is one."""
        edit_formula.parse(self.formula)

    @property
    def rounds(self) -> bool:
        """Whether the formula sums, or calls what torch may compute in more than one way."""
        return edit_formula.rounds(self.formula)


@dataclass(frozen=True, config=STRICT)
class Tie:
    """Make `target` the very parameter, or the very module, that `source` names."""

    source: Name
    target: Name
    op: Literal["tie"] = "tie"
    holds_code: ClassVar[bool] = False
    seed: ClassVar[None] = None
    rounds: ClassVar[bool] = False
    renames: ClassVar[bool] = True
    reshapes: ClassVar[bool] = False
    computes: ClassVar[bool] = False


@dataclass(frozen=True, config=STRICT)
class Untie:
    """Give the parameter or module under this name a copy of its own, with equal values."""

    name: Name
    op: Literal["untie"] = "untie"
    holds_code: ClassVar[bool] = False
    seed: ClassVar[None] = None
    rounds: ClassVar[bool] = False
    renames: ClassVar[bool] = True
    reshapes: ClassVar[bool] = False
    computes: ClassVar[bool] = False


@dataclass(frozen=True, config=STRICT)
class Forward:
    """Run the model once on a sample batch: lazy modules get their shapes, running statistics move."""

    seed: Seed = 0
    op: Literal["forward"] = "forward"
    holds_code: ClassVar[bool] = False
    rounds: ClassVar[bool] = True
    renames: ClassVar[bool] = False
    reshapes: ClassVar[bool] = True  # a lazy tensor gets its shape
    computes: ClassVar[bool] = True


@dataclass(frozen=True, config=STRICT)
class Train:
    """Updates on one small fixed batch, drawn with the step's seed, by an optimizer that starts anew."""

    steps: Annotated[int, Field(ge=1, le=1000)] = 1
    learning_rate: Annotated[float, Field(gt=0, le=1000)] = 0.1
    seed: Seed = 0
    optimizer: OptimizerName = "sgd"
    op: Literal["train"] = "train"
    holds_code: ClassVar[bool] = False
    rounds: ClassVar[bool] = True
    renames: ClassVar[bool] = False
    reshapes: ClassVar[bool] = True  # a lazy tensor gets its shape
    computes: ClassVar[bool] = True


@dataclass(frozen=True, config=STRICT)
class Custom:
    """Run a person's init code on the net or on a part of it.

    Attributes:
        code: Python text that defines `function`, or statements on `net`.
        function: what is called, "" for statements; `Init()` is an object that the code's class Init makes.
        applies_to: "modules": `place.apply(function)`; "tensors": function(p) for each parameter p of the place;
            "net": function(place); "module,name" and the like: function(m, name) for each; "statements": the code's own
            statements, no call.
        root: qualified name of the place, "" for the whole net.
    """

    code: Code
    function: Name = ""
    applies_to: AppliesTo = "modules"
    root: Name = ""
    seed: Seed = 0
    op: Literal["custom"] = "custom"
    holds_code: ClassVar[bool] = True
    rounds: ClassVar[bool] = True
    renames: ClassVar[bool] = False  # code may; what it did is read from the model after it
    reshapes: ClassVar[bool] = False
    computes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check that there is a function to call exactly where one is called, and a whole net for statements."""
        if (self.applies_to == "statements") != (not self.function):
            raise ValueError("custom code names its function, or is statements on net; it cannot be neither or both")
        if self.function and not self.function.removesuffix("()").isidentifier():
            raise ValueError(f"{short(self.function)} is no name of a function; write def my_init(m): ...")
        if self.applies_to == "statements" and self.root:
            raise ValueError("statements say themselves which tensors they mean; choose the whole net")


@dataclass(frozen=True, config=STRICT)
class FileInit:
    """Run an init function of the operator's own files, named `inits.py:my_init`; the other fields are `Custom`'s.

    What is named may be an attribute, `net.py:Net.init`, or an object that a class makes, `inits.py:Init()`.
    """

    function: Name
    applies_to: AppliesTo = "modules"
    root: Name = ""
    seed: Seed = 0
    op: Literal["file_init"] = "file_init"
    holds_code: ClassVar[bool] = False
    rounds: ClassVar[bool] = True
    renames: ClassVar[bool] = False  # as Custom
    reshapes: ClassVar[bool] = False
    computes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check that file and function are named."""
        file, _, function = self.function.rpartition(":")
        parts = function.removesuffix("()").split(".")
        if not file or not all(map(str.isidentifier, parts)) or self.applies_to == "statements":
            raise ValueError(f"{short(self.function)} names no function of a file; write inits.py:my_init")


@dataclass(frozen=True, config=STRICT)
class Source:
    """A model written as code: Python text, and the function or class in it that builds the model without arguments."""

    code: Code
    entry: Name

    def __post_init__(self) -> None:
        """Check that the entry is a name."""
        if not self.entry.isidentifier():
            raise ValueError(f"{short(self.entry)} is no name of a function or class; write def build(): ...")


Step = Annotated[Initialize | Edit | Tie | Untie | Forward | Train | Custom | FileInit, Field(discriminator="op")]
