"""A module for each structure that other viewers of models stumbled over: E01 to E51 of the reference on viewers."""

from collections import OrderedDict
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from core.questions.model import ModuleNode
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Forward
from core.replaying.replay import replayed


class Empty(nn.Module):
    """E01."""


class OnRoot(nn.Module):
    """E02: one parameter, no children."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))


class BesideChildren(nn.Module):
    """E03: a container with a parameter and a buffer of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.scale = nn.Parameter(torch.ones(()))
        self.register_buffer("offset", torch.zeros(2))


class Lists(nn.Module):
    """E04, E05: every container torch has, full and empty."""

    def __init__(self) -> None:
        super().__init__()
        self.plist = nn.ParameterList([torch.ones(2), torch.ones(3)])
        self.pdict = nn.ParameterDict({"a": torch.ones(4), "b": torch.ones(5)})
        self.mlist = nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])
        self.mdict = nn.ModuleDict({"relu": nn.ReLU(), "out": nn.Linear(2, 1)})
        self.none = nn.ModuleList()


class Recursive(nn.Module):
    """E06: one layer, used three times in forward."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(3):
            x = self.layer(x)
        return x


def sparse_list() -> nn.ModuleList:
    """E05: indices with gaps."""
    layers = nn.ModuleList()
    for name in ("0", "5", "2"):
        layers.add_module(name, nn.Linear(2, 2))
    return layers


def shared_under_parents() -> nn.Module:
    """E07: 20 parameters in a module that four paths lead to."""
    shared = nn.Linear(4, 4)
    return nn.ModuleList([nn.Sequential(shared, nn.ReLU(), shared), nn.ModuleDict({"again": shared}), shared])


def two_names() -> nn.Module:
    """E08: one module under two names of one parent."""
    model = nn.Module()
    model.first = model.second = nn.Linear(3, 2)
    return model


LONG = "LayerWithARidiculouslyLongName" * 20


def long_name() -> nn.Module:
    """E12."""
    return nn.Sequential(type(LONG, (nn.Linear,), {})(2, 2))


STRANGE = (
    "a b",
    "a/b",
    "<img src=x>",
    "权重",
    "x" * 300,
    "0",
    "class",
    "\u202edesrever",
    "\ufb01",
    "'",
    '"',
    "[0]",
    "\n",
)


def strange_names() -> nn.Module:
    """E21: all legal, none an identifier that means itself."""
    model, child = nn.Module(), nn.Module()
    for name in STRANGE:
        model.register_parameter(name, nn.Parameter(torch.ones(2)))
        child.register_buffer(name, torch.ones(3))
    model.add_module("a module", child)
    return model


def fake_pruning() -> nn.Module:
    """E22: names that only look like pruning's."""
    model = nn.Module()
    model.register_parameter("weight_orig", nn.Parameter(torch.ones(2)))
    model.register_buffer("weight_mask", torch.ones(2))
    return model


def with_none() -> nn.Module:
    """E23."""
    model = nn.Linear(2, 2, bias=False)
    model.register_parameter("extra", None)
    model.register_buffer("cache", None)
    model.add_module("child", None)
    return model


def tied() -> nn.Module:
    """E25, E26: a parameter in two modules, and under two names in one of them."""
    model = nn.ModuleDict({"embedding": nn.Embedding(5, 3), "head": nn.Linear(3, 5, bias=False)})
    model["head"].weight = model["embedding"].weight
    model["head"].alias = model["embedding"].weight
    return model


def frozen() -> nn.Module:
    """E36: half of a layer, and all of another."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    model[0].weight.requires_grad_(False)
    model[1].requires_grad_(False)
    return model


def buffers() -> nn.Module:
    """E38: a counter without axes, and a buffer that is not saved."""
    model = nn.Sequential(nn.BatchNorm1d(3))
    model.register_buffer("scratch", torch.ones(2), persistent=False)
    return model


def lazy() -> nn.Module:
    """E42."""
    return nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d())


def meta() -> nn.Module:
    """E43."""
    return nn.Sequential(nn.Linear(3, 2, device="meta"), nn.BatchNorm1d(2, device="meta"))


def cycle() -> nn.Module:
    """Modules that contain each other."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 2)))
    model[1].add_module("up", model)
    model.add_module("me", model)
    return model


def spectral() -> nn.Module:
    """E51: reading `.weight` in train mode makes a step of power iteration, which changes two buffers."""
    return nn.Sequential(parametrizations.spectral_norm(nn.Linear(4, 4)), parametrizations.weight_norm(nn.Linear(4, 4)))


def hooked_spectral() -> nn.Module:
    """E51, the older way: a hook makes the step before each forward pass."""
    return nn.Sequential(nn.utils.spectral_norm(nn.Linear(4, 4)))


def pruned() -> nn.Module:
    """E50: the parameter is `weight_orig`, `weight` a plain tensor."""
    layer = nn.Linear(4, 4)
    prune.l1_unstructured(layer, "weight", 0.5)  # type: ignore[no-untyped-call]
    return nn.Sequential(layer)


def orthogonal() -> nn.Module:
    return nn.Sequential(parametrizations.orthogonal(nn.Linear(4, 4)))


def with_gradients() -> nn.Module:
    model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(), nn.Linear(4, 1))
    model(torch.rand(2, 4)).sum().backward()
    model[2].eval()
    model[0].register_forward_hook(lambda *_: None)
    return model


CASES: dict[str, Callable[[], nn.Module]] = {
    "E01 nothing": Empty,
    "E01 identity": nn.Identity,
    "E02 on the root": OnRoot,
    "E03 beside children": BesideChildren,
    "E04 E05 lists": Lists,
    "E05 gaps": sparse_list,
    "E06 used three times": Recursive,
    "E07 several parents": shared_under_parents,
    "E08 two names": two_names,
    "E12 long class name": long_name,
    "E18 LSTM": lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2),
    "E18 GRU": lambda: nn.GRU(3, 4),
    "E19 attention": lambda: nn.MultiheadAttention(4, 2),
    "E19 transformer": lambda: nn.TransformerEncoder(
        nn.TransformerEncoderLayer(4, 2, 8), 2, enable_nested_tensor=False
    ),
    "E21 strange names": strange_names,
    "E22 fake pruning": fake_pruning,
    "E23 None": with_none,
    "E25 E26 tied": tied,
    "E36 frozen": frozen,
    "half precision": lambda: nn.Sequential(nn.Linear(3, 3), nn.BatchNorm2d(3)).to(torch.bfloat16),
    "E38 buffers": buffers,
    "E42 lazy": lazy,
    "E43 meta": meta,
    "E50 pruned": pruned,
    "E51 spectral norm": spectral,
    "E51 spectral norm by hook": hooked_spectral,
    "E51 orthogonal": orthogonal,
    "gradients, modes and hooks": with_gradients,
    "numbers out of order": lambda: nn.Sequential(OrderedDict([("1", nn.Linear(2, 2)), ("0", nn.Linear(2, 2))])),
    "lazy layers after their first pass": lambda: replayed(Recipe("lazy_mlp", steps=(Forward(),))).model,
    **{name: (lambda recipe: lambda: replayed(recipe).model)(Recipe(name)) for name in MODELS},
}


every_case = pytest.mark.parametrize("build", CASES.values(), ids=list(CASES))


def nodes(root: ModuleNode) -> Iterator[ModuleNode]:
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children))
