"""The names a plain state dict's pickle uses, and what each gives here: records, never the thing that is named."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from .pickle_machine import Call, Named, Opaque, PickleError, word
from .refusing import said


@dataclass(frozen=True, eq=False)
class StorageRecord:
    """A storage that a pickle refers to: its entry in the archive, and how many elements of which dtype it has."""

    key: str
    kind: str
    dtype: torch.dtype
    numel: int

    @property
    def nbytes(self) -> int:
        """How many bytes its entry must have."""
        return self.numel * self.dtype.itemsize


@dataclass(frozen=True, eq=False)
class PickledTensor:
    """A tensor as its pickle describes it, unchecked: first element, sizes and strides in elements of `dtype`."""

    storage: StorageRecord
    first: Any
    sizes: Any
    strides: Any
    dtype: torch.dtype
    conjugate: bool = False
    negative: bool = False


_STORAGES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexDoubleStorage": torch.complex128,
    "ComplexFloatStorage": torch.complex64,
}
_STORAGE_TYPES: dict[str, torch.dtype] = {
    **{f"torch {name}": dtype for name, dtype in _STORAGES.items()},
    **dict.fromkeys(("torch UntypedStorage", "torch.storage UntypedStorage"), torch.uint8),
}
#: All but those of quantized values and of fewer than eight bits, which hold no number of their own.
_DTYPES: dict[str, torch.dtype] = {
    f"torch {name}": dtype
    for name, dtype in vars(torch).items()
    if isinstance(dtype, torch.dtype) and not name.startswith(("q", "bits", "uint1_", "int1_"))
    if name not in {f"{sign}int{bits}" for sign in ("", "u") for bits in range(1, 8)} | {"quint8", "bit"}
}
_TENSORS = frozenset(("torch Tensor", "torch._tensor Tensor", "torch.nn.parameter Parameter", "torch.nn Parameter"))

#: What some names are, for the sentence that refuses them.
_KNOWN = (
    ("torch.nn.modules", "a whole module, of which every class would have to be imported and run"),
    ("torch.nn.parallel", "a whole module, of which every class would have to be imported and run"),
    ("torch.jit", "a compiled TorchScript program"),
    ("torch._utils _rebuild_sparse", "a sparse tensor"),
    ("torch._utils _rebuild_qtensor", "a quantized tensor"),
    ("torch._utils _rebuild_meta", "a tensor of the meta device, which has no values"),
    ("torch._utils _rebuild_nested", "a nested tensor"),
    ("torch._utils _rebuild_wrapper", "a tensor of a class of its own"),
    ("torch Q", "a quantized tensor"),
    ("torch q", "a quantized tensor"),
)


def find_name(name: str) -> Any:
    """The record of a name that a plain state dict may use.

    Raises:
        PickleError: any other; says what it is.
    """
    if name in _DTYPES:
        return _DTYPES[name]
    if name in CALLS or name in _STORAGE_TYPES or name in _TENSORS:
        return Named(name)
    kind = next((what for start, what in _KNOWN if name.startswith(start)), "")
    means = f", {kind}" if kind else ", which loading would import and run"
    raise PickleError(f"is no plain state dict: its pickle names {said(name.replace(' ', '.'))}{means}")


def storage(identity: Any) -> StorageRecord:
    """The storage that a persistent id `("storage", type, key, device, numel)` refers to."""
    if type(identity) is not tuple or len(identity) != 5 or identity[0] != "storage":
        raise PickleError("has a pickle that refers to something else than a storage")
    _, kind, key, device, numel = identity
    if (
        not isinstance(kind, Named)
        or kind.name not in _STORAGE_TYPES
        or type(key) is not str
        or type(device) is not str
    ):
        raise PickleError("has a pickle that describes a storage by something else than type, key and device")
    if device == "meta":
        raise PickleError("holds a tensor of the meta device, which has no values")
    if type(numel) is not int or not 0 <= numel < 2**63:
        raise PickleError(f"gives the storage {said(key)} {said(numel)} elements")
    return StorageRecord(key, kind.name, _STORAGE_TYPES[kind.name], numel)


def _tensor_v2(arguments: tuple[Any, ...]) -> PickledTensor:
    held, first, sizes, strides, _grad, _hooks, *rest = arguments
    return _marked(PickledTensor(_storage(held), first, sizes, strides, held.dtype), rest)


def _tensor_v3(arguments: tuple[Any, ...]) -> PickledTensor:
    held, first, sizes, strides, _grad, _hooks, dtype, *rest = arguments
    if not isinstance(dtype, torch.dtype):
        raise PickleError(f"gives a tensor {word(dtype)} for a dtype")
    return _marked(PickledTensor(_storage(held), first, sizes, strides, dtype), rest)


def _storage(held: object) -> StorageRecord:
    if not isinstance(held, StorageRecord):
        raise PickleError(f"gives a tensor {word(held)} for a storage")
    return held


def _marked(tensor: PickledTensor, rest: list[Any]) -> PickledTensor:
    """With torch's marks of a conjugate or negative view, which come as one more argument."""
    marks = rest[0] if rest else None
    if not marks and len(rest) < 2:
        return tensor
    if type(marks) is not dict or len(rest) > 1 or not set(marks) <= {"conj", "neg"}:
        raise PickleError("describes a tensor by something else than storage, sizes and strides")
    conjugate, negative = bool(marks.get("conj")), bool(marks.get("neg"))
    if conjugate and not tensor.dtype.is_complex:
        raise PickleError(f"calls a tensor of {tensor.dtype} conjugate")
    return replace(tensor, conjugate=conjugate, negative=negative)


def _first(kinds: int | tuple[int, ...]) -> Call:
    """A call whose first argument is the tensor it gives; the others say whether it is trained, and attributes."""

    def call(arguments: tuple[Any, ...]) -> PickledTensor:
        if not isinstance(arguments[0], PickledTensor) or len(arguments) not in (
            kinds if isinstance(kinds, tuple) else (kinds,)
        ):
            raise PickleError(f"makes a parameter of {word(arguments[0])}")
        return arguments[0]

    return call


def _from_type(arguments: tuple[Any, ...]) -> PickledTensor:
    function, kind, inner, _state = arguments
    plain = isinstance(kind, Named) and kind.name in _TENSORS
    if not plain or not isinstance(function, Named) or function.name not in _REBUILDS or type(inner) is not tuple:
        raise PickleError(f"holds a tensor of a class of its own, {word(kind)}")
    found: PickledTensor = _REBUILDS[function.name](inner)
    return found


def _ordered(arguments: tuple[Any, ...]) -> dict[Any, Any]:
    if arguments:
        raise PickleError("builds an ordered dictionary out of a list of pairs")
    return {}


def _opaque(kind: str) -> Callable[[tuple[Any, ...]], Opaque]:
    return lambda _arguments: Opaque(kind)


_REBUILDS: dict[str, Call] = {
    "torch._utils _rebuild_tensor_v2": _tensor_v2,
    "torch._utils _rebuild_tensor_v3": _tensor_v3,
    "torch._utils _rebuild_parameter": _first(3),
    "torch._utils _rebuild_parameter_with_state": _first(4),
}
#: What may be called, and what it gives. Beside the weights of a training stand sizes, devices, bytes and milestones.
CALLS: dict[str, Call] = {
    **_REBUILDS,
    "torch._tensor _rebuild_from_type_v2": _from_type,
    "collections OrderedDict": _ordered,
    "torch Size": _opaque("a size"),
    "torch device": _opaque("a device"),
    "_codecs encode": _opaque("bytes"),
    "collections Counter": _opaque("a counter"),
    "__builtin__ set": _opaque("a set"),
    "builtins set": _opaque("a set"),
}
