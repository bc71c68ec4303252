"""torchvision, timm and transformers, imported so that no compiled operator and no network is needed."""

import importlib
import importlib.util
import os
import warnings
from pathlib import Path
from types import ModuleType

import torch

#: Nothing is downloaded: a model that asks for weights fails at once.
os.environ["HF_HUB_OFFLINE"] = "1"
#: The operators that must be declared while torchvision is imported, and what they all take and give.
_DECLARED = ("nms", "qnms")
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_kept: list[torch.library.Library] = []


def imported(name: str) -> ModuleType:
    """The package or module of that name; what it says of its own future at import is no matter of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        declare_operators()
        return importlib.import_module(name)


def declare_operators() -> None:
    """Make torchvision importable, without importing it."""
    if not _kept:
        _kept.append(_torchvision_operators())


def _torchvision_operators() -> torch.library.Library:
    """A holder of what torchvision's import needs of its operators.

    The package index has torchvision's CUDA build on Linux. Beside the CPU build of torch its library does not load, so
    its import ends with "operator torchvision::nms does not exist". No model here calls them: declaring them will do.
    """
    spec = importlib.util.find_spec("torchvision")
    assert spec is not None, "torchvision is missing; `make dev` installs it"
    assert spec.origin is not None
    for library in Path(spec.origin).parent.glob("_C*.[sp][oy]*"):
        try:
            torch.ops.load_library(library)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        except OSError:
            continue
    holder = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # as well
    for name in _DECLARED:
        if not hasattr(torch.ops.torchvision, name):
            holder.define(name + _SCHEMA)  # type: ignore[no-untyped-call]  # as well
    return holder
