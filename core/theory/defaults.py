"""How PyTorch's own modules initialize their tensors, so that a model just built has a theory already.

Read from the `reset_parameters` of each module; a subclass with one of its own is not recognized.
"""

from collections.abc import Callable
from dataclasses import replace
from math import prod, sqrt

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.rnn import RNNBase, RNNCellBase

from ..module.walk import NamedTensor, named_modules, parameter_of
from ..recipe.schemes.distribution import uniform
from ..recipe.schemes.promise import Promise, ZeroRow
from ..recipe.schemes.table import promise_of
from ..text import number

_A = sqrt(5)
_Default = Callable[[nn.Module, str, Tensor], Promise | None]


def default_promise(owner: nn.Module, name: str, tensor: Tensor) -> Promise | None:
    """What the module that registers a tensor under `name` makes of it when built alone; None where that is unknown."""
    if not tensor.numel():
        return None
    for kind, (reset, rule) in _RULES.items():
        if isinstance(owner, kind):
            return rule(owner, name, tensor) if _resets_as(owner, kind, reset) else None
    return None


def containers(model: nn.Module) -> dict[int, str]:
    """Ids of modules whose tensors a container above them initializes, with its class name.

    `nn.Transformer` draws Xavier uniform into everything of two axes below it; `nn.MultiheadAttention` zeroes the bias
    of its output projection.
    """
    within: dict[int, str] = {}
    for here in named_modules(model):
        if isinstance(here.module, nn.Transformer) and _resets_as(here.module, nn.Transformer, "_reset_parameters"):
            within |= {id(below.module): "Transformer" for below in named_modules(here.module)}
        elif isinstance(here.module, nn.MultiheadAttention):
            within.setdefault(id(here.module.out_proj), "MultiheadAttention")
    return within


def built(entry: NamedTensor, within: dict[int, str]) -> tuple[Promise | None, str]:
    """The theory of a tensor as its model was built, and who promises it, given what `containers` found."""
    name, tensor = entry.name.rpartition(".")[2], entry.tensor
    container, kind = within.get(id(entry.owner), ""), type(entry.owner).__name__
    shape = tuple(tensor.shape)
    if container == "Transformer" and tensor.dim() > 1 and entry.kind == "parameter":
        return promise_of("xavier_uniform", {}, shape), "PyTorch's default of Transformer"
    if container and name == "bias" and isinstance(entry.owner, nn.modules.linear.NonDynamicallyQuantizableLinear):
        return promise_of("zeros", {}, shape), "PyTorch's default of MultiheadAttention"
    return default_promise(entry.owner, name, tensor), f"PyTorch's default of {kind}"


def _resets_as(owner: nn.Module, kind: type[nn.Module], reset: str) -> bool:
    """Whether the module's class leaves the initialization as its torch class has it."""
    torchs = next((each for each in type(owner).__mro__ if each.__module__.startswith("torch.nn")), kind)
    return getattr(type(owner), reset, None) is getattr(torchs, reset, None)


def _by_fan_in(owner: nn.Module, name: str, tensor: Tensor) -> Promise | None:
    """Linear and convolutions: kaiming_uniform with a = √5, which is U(±1/√fan_in), and the bias as wide."""
    weight = parameter_of(owner, "weight")
    if name == "weight" and tensor.dim() > 1:
        promise = promise_of("kaiming_uniform", {"a": _A}, tuple(tensor.shape))
        return promise.with_lines("with a = sqrt(5) the bound is 1 / sqrt(fan_in)")
    if name == "bias" and weight is not None and weight.dim() > 1:
        fan_in = prod(weight.shape[1:])
        return _within(1 / sqrt(fan_in), f"bound = 1 / sqrt(fan_in of weight) = 1 / sqrt({fan_in})") if fan_in else None
    return None


def _bilinear(owner: nn.Module, name: str, _tensor: Tensor) -> Promise | None:
    weight = parameter_of(owner, "weight")
    if name not in ("weight", "bias") or weight is None or not weight.numel():
        return None
    size = weight.shape[1]
    return _within(1 / sqrt(size), f"bound = 1 / sqrt(in1_features) = 1 / sqrt({size})")


def _embedding(owner: nn.Module, name: str, tensor: Tensor) -> Promise | None:
    if name != "weight":
        return None
    promise, padding = promise_of("normal", {}, tuple(tensor.shape)), getattr(owner, "padding_idx", None)
    if padding is None:
        return promise
    return replace(promise.with_lines(f"row {padding}, the padding, is 0"), structure=ZeroRow(padding))


def _recurrent(owner: nn.Module, _name: str, _tensor: Tensor) -> Promise | None:
    hidden = int(getattr(owner, "hidden_size", 0))
    return _within(1 / sqrt(hidden), f"bound = 1 / sqrt(hidden_size) = 1 / sqrt({hidden})") if hidden else None


def _attention(_owner: nn.Module, name: str, tensor: Tensor) -> Promise | None:
    if name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
        return promise_of("xavier_uniform", {}, tuple(tensor.shape))
    if name in ("bias_k", "bias_v"):
        return promise_of("xavier_normal", {}, tuple(tensor.shape))
    return promise_of("zeros", {}, tuple(tensor.shape)) if name == "in_proj_bias" else None


def _normalization(_owner: nn.Module, name: str, tensor: Tensor) -> Promise | None:
    wanted = {"weight": "ones", "running_var": "ones", "bias": "zeros", "running_mean": "zeros"}
    scheme = wanted.get(name, "zeros" if name == "num_batches_tracked" else "")
    return promise_of(scheme, {}, tuple(tensor.shape)) if scheme else None


def _prelu(owner: nn.Module, name: str, tensor: Tensor) -> Promise | None:
    slope = float(getattr(owner, "init", 0.25))
    return promise_of("constant", {"val": slope}, tuple(tensor.shape)) if name == "weight" else None


def _within(bound: float, line: str) -> Promise:
    std = f"std = bound / sqrt(3) = {number(bound / sqrt(3))}"
    return Promise(uniform(-bound, bound), (f"{line} = {number(bound)}", std))


#: Module class → the method that initializes it, and what that makes of a tensor.
_RULES: dict[type[nn.Module], tuple[str, _Default]] = {
    nn.Linear: ("reset_parameters", _by_fan_in),
    _ConvNd: ("reset_parameters", _by_fan_in),
    nn.Bilinear: ("reset_parameters", _bilinear),
    nn.Embedding: ("reset_parameters", _embedding),
    nn.EmbeddingBag: ("reset_parameters", _embedding),
    RNNBase: ("reset_parameters", _recurrent),
    RNNCellBase: ("reset_parameters", _recurrent),
    nn.MultiheadAttention: ("_reset_parameters", _attention),
    _NormBase: ("reset_parameters", _normalization),
    nn.LayerNorm: ("reset_parameters", _normalization),
    nn.GroupNorm: ("reset_parameters", _normalization),
    nn.RMSNorm: ("reset_parameters", _normalization),
    nn.PReLU: ("reset_parameters", _prelu),
}
