"""What a function wants to be given, from its arguments and its name: one decision for text and for objects.

An init is written as a function of a module (`def my_init(m)`), of a tensor (`def my_init_(w)`), of the whole net
(`def init(net)`), or of two things, such as timm's `(module, name)` or the `(self, module)` of Hugging Face. The Code
page reads that from a text that is not run, and the files of a command line are imported and asked; both describe the
function as a `Signature`, and the rest is decided here.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ..recipe.steps import AppliesTo

Kind = Literal["module", "tensor", "net", "name", ""]
#: What the last word of an argument's name says it is.
_WORDS: dict[Kind, frozenset[str]] = {
    "module": frozenset({"m", "mod", "module", "submodule", "layer", "block", "child"}),
    "tensor": frozenset(
        {"w", "weight", "weights", "b", "bias", "t", "tensor", "p", "param", "parameter", "x", "v", "value"}
    ),
    "net": frozenset({"net", "network", "model", "self"}),
    "name": frozenset({"name", "key", "path", "prefix"}),
}
#: Letters that mean a name before a module or a tensor, `for n, p in net.named_parameters()`, and nothing elsewhere.
_SHORT_NAMES = frozenset({"n", "k"})
_TENSOR, _MODULE, _TEXT = re.compile(r"(Tensor|Parameter)\b"), re.compile(r"Module\b"), re.compile(r"\bstr\b")
_ONE: tuple[AppliesTo, ...] = ("modules", "tensors", "net")
_TWO: tuple[AppliesTo, ...] = tuple(way for way in get_args(AppliesTo) if "," in way)
#: What a function is given, in words.
GIVEN: dict[AppliesTo, str] = {
    "modules": "every module",
    "tensors": "every parameter",
    "net": "the net",
    "module,name": "every module and its name",
    "name,module": "every module's name and the module",
    "tensor,name": "every parameter and its name",
    "name,tensor": "every parameter's name and the parameter",
    "net,module": "the net and every module",
    "net,tensor": "the net and every parameter",
}


@dataclass(frozen=True)
class Argument:
    """A positional argument: its name, its annotation as text, "" for none; and its default, None where it needs none.

    Attributes:
        optional: whether it has a default; unnamed: whether that is "" or None, as of a name that may be left out.
    """

    name: str
    annotation: str = ""
    optional: bool = False
    unnamed: bool = False

    @property
    def kind(self) -> Kind:
        """What it is, by its annotation, else by its name; "" where neither tells."""
        said: Kind = next((kind for kind, words in _WORDS.items() if _last_word(self.name) in words), "")
        if not self.annotation:
            return said
        tensor, module = _TENSOR.search(self.annotation), _MODULE.search(self.annotation)
        if tensor and not module:
            return "tensor"
        if tensor and module:
            return said
        if not module and _TEXT.search(self.annotation):
            return "name"
        return "net" if said == "net" else "module"


@dataclass(frozen=True)
class Signature:
    """How a function can be called.

    Attributes:
        name: as it is called; arguments: the positional ones by name; more: whether it takes any number besides.
        words: the arguments that it needs by keyword.
    """

    name: str
    arguments: tuple[Argument, ...]
    more: bool = False
    words: tuple[str, ...] = ()

    @property
    def required(self) -> int:
        """How many positional arguments it needs."""
        return sum(not argument.optional for argument in self.arguments)

    @property
    def choices(self) -> tuple[AppliesTo, ...]:
        """The ways in which it can be called at all."""
        if self.words:
            return ()
        one = _ONE if self.required <= 1 and (self.arguments or self.more) else ()
        two = _TWO if self.required <= 2 and (len(self.arguments) > 1 or self.more) else ()
        return (*one, *two)

    @property
    def applies_to(self) -> AppliesTo | None:
        """What it wants to be given, as far as that can be told; None where it can be called with nothing known."""
        if self.words:
            return None
        if len(self.arguments) > 1 and self.required <= 2 and (pair := _pair(*self.arguments[:2])):
            return pair
        if "modules" not in self.choices:
            return None
        first = self.arguments[0] if self.arguments else Argument("")
        return _of_one(first, self.name)

    @property
    def listed(self) -> str:
        """Its arguments: `(m, std=...)`, `(*, m)`."""
        shown = [each.name + "=..." * each.optional for each in self.arguments]
        return f"({', '.join([*shown, *(['*', *self.words] if self.words else [])])})"

    @property
    def text(self) -> str:
        """As it is called: `my_init(m)`."""
        needed = [argument.name for argument in self.arguments if not argument.optional]
        shown = needed or [argument.name for argument in self.arguments[:1]]
        if self.applies_to in _TWO:
            shown = [argument.name for argument in self.arguments[:2]]
        return f"{self.name}({', '.join(shown)})"


def of_function(name: str, function: Callable[..., Any]) -> Signature:
    """Of anything that can be called: a function, a lambda, a partial, an object with `__call__`.

    A class is described by what its objects are called with.
    """
    try:
        called = function.__call__ if isinstance(function, type) else function
        parameters = list(inspect.signature(called).parameters.values())
    except (TypeError, ValueError):  # built in: torch's own take a tensor
        return Signature(name, (Argument("tensor", "Tensor"),))
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return Signature(
        name,
        tuple(map(_argument, positional[isinstance(function, type) :])),
        more=any(p.kind is p.VAR_POSITIONAL for p in parameters),
        words=tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty),
    )


def made_without_arguments(kind: type) -> bool:
    """Whether a class can be called with nothing to give an object that can be called."""
    if not callable(getattr(kind, "__call__", None)) or "__call__" not in dir(kind):  # noqa: B004 (of its objects)
        return False
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return False
    return all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


def _argument(parameter: inspect.Parameter) -> Argument:
    annotated, optional = parameter.annotation is not parameter.empty, parameter.default is not parameter.empty
    annotation = str(parameter.annotation) if annotated else ""
    return Argument(parameter.name, annotation, optional, optional and parameter.default in ("", None))


def _pair(first: Argument, second: Argument) -> AppliesTo | None:
    """What two arguments are together; None where they are no known pair, or the second is an option."""
    kind, other = first.kind, second.kind
    if second.optional:
        of_name: AppliesTo = "tensor,name" if kind == "tensor" else "module,name"
        return of_name if other == "name" and second.unnamed and kind in ("module", "tensor", "") else None
    if kind == "net" and (other in ("module", "tensor") or (first.name == "self" and not other)):
        return "net,tensor" if other == "tensor" else "net,module"
    if other == "name" and kind in ("module", "tensor", ""):
        return "tensor,name" if kind == "tensor" else "module,name"
    short = first.name in _SHORT_NAMES and not first.annotation and other in ("module", "tensor")
    if short or (kind == "name" and other in ("module", "tensor", "")):
        return "name,tensor" if other == "tensor" else "name,module"
    return None


def _of_one(argument: Argument, function: str) -> AppliesTo:
    """What one argument is: its annotation and its own name decide before the name of the function."""
    match argument.kind:
        case "tensor":
            return "tensors"
        case "net":
            return "net"
        case "" if argument.name and function.endswith("_"):
            return "tensors"
        case _:
            return "modules"


def _last_word(name: str) -> str:
    """`base_model` is a model, `weight1` a weight."""
    return name.rstrip("_0123456789").rpartition("_")[2].lower()
