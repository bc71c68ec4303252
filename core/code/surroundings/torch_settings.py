"""Torch's state that every model depends on: what new tensors are, how they are computed, and who listens."""

import gc
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import _tensor_str, overrides
from torch.backends import mha, mkldnn, opt_einsum, quantized
from torch.nn.modules import module as modules
from torch.utils import _python_dispatch as dispatch
from torch.utils import deterministic
from torch.utils._device import DeviceContext

from .setting import Setting, replaced

#: Where registries of listeners stand that hear of every module and every optimizer.
_LISTENERS = (modules, sys.modules["torch.optim.optimizer"])
#: Guards that went back to ordinary mode; each counts as long as it lives.
_guards: list[object] = []
_function_mode_stack: Callable[[], list[Any]] = overrides._get_current_function_mode_stack
_pop_function_mode: Callable[[], object] = overrides._pop_mode


def _attribute(owner: Any, name: str, what: str) -> Setting:
    return Setting(what, lambda: getattr(owner, name), lambda value: setattr(owner, name, value))


def _to_cpu(_before: object) -> None:
    torch.set_default_device(None)
    while any(isinstance(mode, DeviceContext) for mode in _function_mode_stack()):
        _pop_function_mode()


def _function_modes() -> list[Any]:
    return [mode for mode in _function_mode_stack() if not isinstance(mode, DeviceContext)]


def _back_from_inference(mode: bool) -> None:
    """Leave it for good: a guard that a file entered would, once it is let go, bring back how torch dispatched then."""
    entered = [vars(each) for each in gc.get_objects() if type(each) is torch.inference_mode]
    _guards.extend(names["_inference_mode_context"] for names in entered if "_inference_mode_context" in names)
    _guards.append(torch._C._InferenceMode(mode))


def _stacked(what: str, stack: Callable[[], list[Any]], pop: Callable[[], object]) -> Setting:
    """A stack of modes, to be unwound to what it was."""

    def unwind(before: tuple[Any, ...]) -> None:
        while len(stack()) > len(before):
            pop()

    return Setting(what, lambda: tuple(stack()), unwind, replaced)


def _listeners() -> tuple[Any, ...]:
    found = ((vars(owner), name) for owner in _LISTENERS for name in sorted(vars(owner)) if name.startswith("_global_"))
    return tuple(
        (names, name, value, tuple(value.items()) if isinstance(value, dict) else ())
        for names, name in found
        for value in (names[name],)
    )


def _listens_else(now: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    return [one[1:] for one in now] != [one[1:] for one in before]


def _write_listeners(before: tuple[Any, ...]) -> None:
    for names, name, value, items in before:
        names[name] = value
        if isinstance(value, dict):
            value.clear()
            value.update(items)


def _keeps_tiny() -> bool:
    """Whether numbers below 2 ** -1022 count as themselves and not as 0."""
    return bool((torch.tensor([1e-310], dtype=torch.float64, device="cpu") * 1).item())


def _write_autocast(before: tuple[bool, torch.dtype]) -> None:
    torch.set_autocast_enabled("cpu", before[0])
    torch.set_autocast_dtype("cpu", before[1])


def _conversion() -> tuple[bool, bool]:
    future = torch.__future__
    return future.get_swap_module_params_on_conversion(), future.get_overwrite_module_params_on_conversion()


def _write_conversion(before: tuple[bool, bool]) -> None:
    torch.__future__.set_swap_module_params_on_conversion(before[0])
    torch.__future__.set_overwrite_module_params_on_conversion(before[1])


def _operators() -> frozenset[str]:
    return frozenset(name for name in torch.library._impls if name.startswith("aten/"))


def _restore_operators(before: frozenset[str]) -> None:
    new = _operators() - before
    for library in gc.get_objects():
        if type(library) is torch.library.Library and library._op_impls & new:
            library._destroy()  # type: ignore[no-untyped-call]  # torch leaves it untyped


SETTINGS = (
    _stacked("torch's modes of tensor functions", _function_modes, _pop_function_mode),
    _stacked("torch's modes of dispatch", dispatch._get_current_dispatch_mode_stack, dispatch._pop_mode),
    Setting("torch's default device", torch.get_default_device, _to_cpu),
    Setting("torch's inference mode", torch.is_inference_mode_enabled, _back_from_inference),
    Setting("torch's gradient mode", torch.is_grad_enabled, torch._C._set_grad_enabled),
    Setting("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
    Setting("torch's number of threads", torch.get_num_threads, torch.set_num_threads),
    Setting(
        "torch's choice of deterministic algorithms",
        lambda: (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()),
        lambda value: torch.use_deterministic_algorithms(value[0], warn_only=value[1]),
    ),
    _attribute(deterministic, "fill_uninitialized_memory", "torch's filling of new memory"),
    Setting(
        "torch's precision of matrix products",
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    ),
    Setting("torch's treatment of tiny numbers", _keeps_tiny, lambda keeps: torch.set_flush_denormal(not keeps)),
    Setting(
        "torch's autocast",
        lambda: (torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")),
        _write_autocast,
    ),
    Setting(
        "torch's print options",
        lambda: vars(_tensor_str.PRINT_OPTS).copy(),
        lambda value: vars(_tensor_str.PRINT_OPTS).update(value),
    ),
    Setting("torch's detection of anomalies", torch.is_anomaly_enabled, torch.set_anomaly_enabled),
    Setting("torch's warnings", torch.is_warn_always_enabled, torch.set_warn_always),
    Setting("how torch converts modules", _conversion, _write_conversion),
    Setting("the listeners to every torch module and optimizer", _listeners, _write_listeners, _listens_else),
    Setting(
        "the hooks of saved tensors",
        lambda: torch._C._autograd._top_saved_tensors_default_hooks(False),
        lambda _: torch._C._autograd._pop_saved_tensors_default_hooks(),
        changed=lambda now, before: (now is None) is not (before is None),
    ),
    Setting("torch's own operators", _operators, _restore_operators),
    _attribute(mkldnn, "enabled", "torch's use of oneDNN"),
    _attribute(mkldnn, "deterministic", "oneDNN's determinism"),
    _attribute(mkldnn, "fp32_precision", "oneDNN's precision"),
    _attribute(torch.backends.cudnn, "enabled", "torch's use of cuDNN"),
    _attribute(torch.backends.cudnn, "deterministic", "cuDNN's determinism"),
    _attribute(torch.backends.cudnn, "benchmark", "cuDNN's choice of algorithms"),
    _attribute(torch.backends.cudnn, "allow_tf32", "cuDNN's precision"),
    _attribute(torch.backends.cuda.matmul, "allow_tf32", "CUDA's precision"),
    _attribute(opt_einsum, "enabled", "torch's use of opt_einsum"),
    _attribute(opt_einsum, "strategy", "opt_einsum's strategy"),
    _attribute(quantized, "engine", "torch's engine for quantized numbers"),
    Setting("torch's fast path of attention", mha.get_fastpath_enabled, mha.set_fastpath_enabled),
)
