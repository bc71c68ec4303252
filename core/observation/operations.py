"""What an operation of torch's dispatcher does to the tensors that it writes to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor

from ..questions.story import Plain

#: *draws* at random, *fills* with what does not depend on other tensors, *copies* another tensor, *computes* from what
#: was there and from others, *makes* memory whose values are as they were found, *joins* copies of others in parts.
Effect = Literal["draws", "fills", "copies", "computes", "makes", "joins"]

_EFFECTS: dict[Effect, str] = {
    "draws": "uniform normal random bernoulli exponential log_normal cauchy geometric poisson multinomial binomial "
    "rand randn randint randperm rand_like randn_like randint_like",
    "fills": "zero fill lift_fresh zeros ones full zeros_like ones_like full_like new_zeros new_ones new_full arange "
    "linspace logspace eye scalar_tensor tril_indices triu_indices fill_diagonal hann_window hamming_window "
    "_foreach_zero _foreach_copy",
    "copies": "clone _to_copy copy lift_fresh_copy",
    "makes": "empty empty_strided empty_like new_empty new_empty_strided empty_permuted resize resize_as set",
    "joins": "cat stack repeat constant_pad_nd",
}
_EFFECT_OF: dict[str, Effect] = {name: effect for effect, names in _EFFECTS.items() for name in names.split()}
_RESIZING = ("resize", "resize_as")
#: What a write by others than torch is called.
UNSEEN_WRITE = "numpy"
_PLAIN = (bool, int, float, str)
#: Of these, what comes out follows from what goes in: they are worth remembering operands of.
FOLLOWED = frozenset(
    [
        *("mul", "div", "add", "sub", "rsub", "neg", "clamp", "clamp_min", "clamp_max", "erfinv"),
        *("abs", "ge", "gt", "le", "lt", "masked_fill", "index_put", "where"),
        *("reciprocal", "pow", "exp", "exp2", "expm1", "log", "log2", "log1p", "sqrt", "rsqrt", "square", "sign"),
        *("sin", "cos", "tanh", "sigmoid", "softplus", "floor", "ceil", "round", "trunc"),
        *("flip", "roll", "tril", "triu", "diag_embed"),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """What is to be known of an operator before its arguments are.

    Attributes:
        name: its own, such as `mul_`; base: without the underscore.
        writes: positions and names of the arguments that it writes to.
        names: of its arguments, in order; defaults: those of them that are numbers.
        effect: on what it writes to, or on the new tensors that it returns; makes: whether memory may begin with it.
        is_followed: whether what it gives is known where its operands are; has_operands: whether those are noted.
        is_from_outside: whether it takes over a tensor that did not come about by an operation, such as a list.
        is_noted: whether it writes or makes anything, beside what `resizes`; may_write: whether it writes to anything.
        resizes: whether memory may grow by it; writes_first: whether it writes to its first argument alone.
        direct: torch's own function for it, which is much faster to call than the operator; None for most.
    """

    name: str
    base: str
    writes: tuple[tuple[int, str], ...]
    names: tuple[str, ...]
    defaults: tuple[tuple[str, bool | int | float], ...]
    effect: Effect
    makes: bool
    is_followed: bool
    has_operands: bool
    is_from_outside: bool
    is_noted: bool
    may_write: bool
    resizes: bool = False
    writes_first: bool = False
    direct: Callable[..., Any] | None = None

    def operands(self, args: Sequence[Any], given: Mapping[str, Any]) -> list[Tensor]:
        """The tensors that what it gives follows from, in order; none where it does not follow from them alone."""
        if not self.has_operands:
            return []
        if self.effect == "joins":
            return list(args[0]) if isinstance(args[0], list | tuple) else [args[0]]
        first, *others = [*args, *(given[name] for name in self.names[len(args) :] if name in given and name != "out")]
        values = [first, *(value for value in others if not (isinstance(value, Tensor) and _is_one_repeated(value)))]
        flat = [each for value in values for each in (value if isinstance(value, list | tuple) else (value,))]
        return [each for each in flat if isinstance(each, Tensor) and each.layout == torch.strided]

    def numbers(self, args: Sequence[Any], given: Mapping[str, Any]) -> dict[str, Plain]:
        """What else it was given, by name.

        A tensor of one element, or of one that is repeated without being copied, is the number that it holds; None
        stands for any other tensor that what is drawn or computed depends on.
        """
        found: dict[str, Plain] = dict(self.defaults)
        for index, name in enumerate(self.names):
            value = args[index] if index < len(args) else given.get(name)
            if isinstance(value, _PLAIN):
                found[name] = value
            elif isinstance(value, Tensor) and (index or name in _NUMBERS_USUALLY):
                number = _number(value)
                if number is not None or name in _NUMBERS_USUALLY:
                    found[name] = number
        if self.name in ("mul", "add") and found.get("alpha", 1) == 1 and found.get("other", 0) is None:
            found["other"] = _number(args[0])  # that came first, as in `torch.tensor(0.02) * torch.randn(n)`
        return found

    def written(self, args: Sequence[Any], given: Mapping[str, Any]) -> Sequence[Any]:
        """The tensors that a call writes to; a batch norm's running statistics too, of which its schema is silent."""
        if self.writes_first:
            return args[:1]
        found: list[Any] = []
        for index, name in self.writes:
            value = args[index] if index < len(args) else given.get(name)
            found.extend(value if isinstance(value, list | tuple) else (value,))
        if self.base == "native_batch_norm" and len(args) > 5 and args[5]:
            found.extend(args[3:5])
        return found


#: What building a net calls most.
_DIRECT: dict[str, Callable[..., Any]] = {
    "aten.empty.memory_format": torch.empty,
    "aten.uniform_.default": Tensor.uniform_,
    "aten.normal_.default": Tensor.normal_,
    "aten.zero_.default": Tensor.zero_,
    "aten.fill_.Scalar": Tensor.fill_,
}


@cache
def operation(func: Any) -> Operation:
    """Of an overload, such as `torch.ops.aten.mul_.Tensor`."""
    schema = func._schema
    name = schema.name.rpartition("::")[2]
    base = name.rstrip("_") if not name.startswith("__") else name.strip("_").removeprefix("i")
    arguments = schema.arguments
    writes = tuple(
        (index, each.name)
        for index, each in enumerate(arguments)
        if each.alias_info is not None and each.alias_info.is_write
    )
    effect = _EFFECT_OF.get(base, "computes")
    is_view = "view" in base or base == "_reshape_alias"  # also those that do not say so
    makes = base == "lift_fresh" or (not is_view and any(each.alias_info is None for each in schema.returns))
    defaults = tuple(
        (each.name, each.default_value)
        for each in arguments
        if each.has_default_value() and isinstance(each.default_value, bool | int | float)
    )
    is_norm = base == "native_batch_norm"
    return Operation(
        name,
        base,
        writes,
        tuple(each.name for each in arguments),
        defaults,
        effect,
        makes,
        is_followed=base in FOLLOWED,
        has_operands=effect in ("copies", "joins") or base in FOLLOWED,
        is_from_outside=base == "lift_fresh",
        is_noted=(bool(writes) or makes or is_norm) and base not in _RESIZING,
        may_write=effect != "makes" and (bool(writes) or is_norm),
        resizes=base in _RESIZING,
        writes_first=[index for index, _ in writes] == [0] and arguments[0].type.kind() == "TensorType",
        direct=_DIRECT.get(str(func)),
    )


@cache
def unseen() -> Operation:
    """A write that torch's dispatcher does not show."""
    name, nothing = UNSEEN_WRITE, ((), (), ())
    return Operation(name, name, *nothing, "computes", False, False, False, False, is_noted=True, may_write=True)


#: Arguments that are numbers in one overload of an operator, and tensors in another, which then have no default.
_NUMBERS_USUALLY = frozenset({"mean", "std", "min", "max", "other", "alpha", "value"})


def _number(value: Tensor) -> Plain:
    """The number that a tensor holds, once or repeated; None where it is none."""
    if _is_hidden(value) or not (value.numel() == 1 or _is_one_repeated(value)):
        return None
    number: Plain = value[(0,) * value.dim()].item()
    return number


def _is_one_repeated(value: Tensor) -> bool:
    """Whether a tensor of several elements is one number expanded, as the parameters of `torch.distributions` are."""
    if value.layout != torch.strided or value.numel() < 2 or _is_hidden(value):
        return False
    return not any(step for step, size in zip(value.stride(), value.shape, strict=True) if size > 1)


def _is_hidden(value: Tensor) -> bool:
    return value.is_meta or value.is_complex() or type(value) not in (Tensor, torch.nn.Parameter)
