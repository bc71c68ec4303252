"""The module tree, for every structure a model can have, and that looking at it changes nothing."""

import copy
import time
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

from core.answers.answer import answer
from core.answers.base import Moments
from core.module.reach import reach
from core.module.tree import module_tree
from core.module.tree_rows import tree_rows
from core.module.tying import counts
from core.module.walk import named_tensors
from core.questions.experiments import GetEvidence, GetTwins
from core.questions.model import GetPreview, ModuleNode
from core.questions.registry import QUESTIONS
from core.questions.sharing import GetUseGradients
from core.questions.tensor import GetAccess, GetCards, GetDetail, GetValues
from core.questions.theory import Choice, GetComparison, GetGallery, GetIdentity, GetTheory
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Forward, OneTensor, Subtree, Train
from core.replay.replay import replay


def hostile_names() -> nn.Module:
    net = nn.Module()
    for name in ("a b", "a/b", "<img src=x>", "ünï", "x" * 300, "0", "class"):
        net.register_parameter(name, nn.Parameter(torch.zeros(2)))
    net.register_parameter("nothing", None)
    net.register_buffer("no_buffer", None)
    net.register_buffer("volatile", torch.zeros(1), persistent=False)
    return net


def chain(depth: int) -> nn.Module:
    net: nn.Module = nn.Linear(2, 2)
    for _ in range(depth):
        net = nn.Sequential(net)
    return net


def in_itself() -> nn.Module:
    net = nn.Sequential(nn.Linear(2, 2))
    net.add_module("again", net)
    return net


def spectral() -> nn.Module:
    return nn.Sequential(parametrizations.spectral_norm(nn.Linear(3, 3))).train()


def pruned() -> nn.Module:
    layer = nn.Linear(4, 5)
    prune.random_unstructured(layer, "weight", 0.5)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return nn.Sequential(layer)


_MODELS: dict[str, Callable[[], nn.Module]] = {
    "nothing": nn.Module,
    "identity": nn.Identity,
    "a parameter on the root": lambda: nn.PReLU(),
    "lists": lambda: nn.ModuleList([nn.Linear(2, 2), nn.ParameterList([nn.Parameter(torch.ones(3))]), nn.ModuleList()]),
    "dictionaries": lambda: nn.ModuleDict(
        {"a": nn.Linear(2, 2), "b": nn.ParameterDict({"c": nn.Parameter(torch.ones(2))})}
    ),
    "a bidirectional LSTM with projections": lambda: nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2),
    "attention": lambda: nn.MultiheadAttention(8, 2),
    "a transformer": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2),
    "batch norm": lambda: nn.BatchNorm2d(3),
    "lazy": lambda: nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d()),
    "meta": lambda: nn.Linear(3, 3, device="meta"),
    "half frozen": lambda: nn.Linear(3, 3).requires_grad_(requires_grad=False),
    "half precision": lambda: nn.Linear(3, 3).to(torch.bfloat16),
    "weight norm": lambda: parametrizations.weight_norm(nn.Linear(3, 3)),
    "hostile names": hostile_names,
    "spectral norm": spectral,
    "pruned": pruned,
    "nested 1,500 levels": lambda: chain(1500),
}


def nodes(root: ModuleNode) -> list[ModuleNode]:
    found, pending = [], [root]
    while pending:
        found.append(pending.pop())
        pending.extend(found[-1].children)
    return found


@pytest.mark.parametrize("build", _MODELS.values(), ids=list(_MODELS))
def test_every_registered_tensor_stands_in_the_tree_once_a_name_and_counts_are_torchs(
    build: Callable[[], nn.Module],
) -> None:
    net = build()
    everything = nodes(module_tree(net))
    names = [info.name for node in everything for info in (*node.parameters, *node.buffers)]
    assert sorted(names) == sorted(entry.name for entry in named_tensors(net))
    assert len(set(names)) == len(names)
    if "levels" not in str(build) and len(everything) < 500:
        expected = sum(p.numel() for p in net.parameters() if not nn.parameter.is_lazy(p))
        assert everything[0].num_parameters == expected == counts(net).unique
    assert len(tree_rows(everything[0], {})) == len(everything) + len(names)


@pytest.mark.parametrize("model", MODELS)
def test_counts_at_every_node_are_those_of_the_module_there(model: str) -> None:
    net = replay(Recipe(model).then(Forward()))
    for node in nodes(module_tree(net)):
        assert node.num_parameters == sum(p.numel() for p in net.get_submodule(node.name).parameters())


def test_a_module_that_contains_itself_does_not_hang() -> None:
    assert module_tree(in_itself()).num_parameters == 6


def test_a_shared_module_stands_under_both_names_and_is_counted_once() -> None:
    root = module_tree(replay(Recipe("shared_mlp")))
    assert [child.name for child in root.children] == ["0", "1", "2", "3", "4", "5", "6"]
    assert root.num_parameters == 121
    assert root.children[4].shared_with == ("2",)
    assert root.children[4].parameters[0].tied_with == ("2.weight",)


def test_twenty_thousand_tensors_are_walked_in_two_seconds() -> None:
    net = nn.ModuleList(nn.Linear(1, 1) for _ in range(10_000))
    started = time.perf_counter()
    assert len(tree_rows(module_tree(net), {})) == 30_001
    assert time.perf_counter() - started < 2


_SHALLOW = {name: build for name, build in _MODELS.items() if "levels" not in name}  # torch's getters recurse


@pytest.mark.parametrize("build", _SHALLOW.values(), ids=list(_SHALLOW))
def test_every_way_shown_to_reach_a_tensor_returns_that_very_object(build: Callable[[], nn.Module]) -> None:
    net = build()
    for entry in named_tensors(net):
        for expression in reach(net, entry.name):
            assert eval(expression, {"net": net}) is entry.tensor, expression


def test_the_lessons_two_ways_to_a_nested_bias() -> None:
    net = replay(Recipe("rgnet"))
    ways = reach(net, "0.block1.0.bias")
    assert ways == ("net[0][1][0].bias", "net[0].block1[0].bias", "net.get_parameter('0.block1.0.bias')")
    assert net.state_dict()["0.block1.0.bias"].data_ptr() == net.get_parameter("0.block1.0.bias").data_ptr()


def fingerprint(net: nn.Module) -> list[object]:
    """All that looking must not change: bytes, gradients, flags, modes, hooks, objects, and the random stream."""
    found: list[object] = [torch.random.get_rng_state().numpy().tobytes()]
    for entry in named_tensors(net):
        tensor = entry.tensor
        data = (
            None
            if nn.parameter.is_lazy(tensor) or tensor.is_meta
            else tensor.detach().clone().reshape(-1).view(torch.uint8)
        )
        grad = None if tensor.grad is None else tensor.grad.numpy().tobytes()
        values = None if data is None else data.numpy().tobytes()
        found.append((entry.name, id(tensor), tensor._version, tensor.requires_grad, grad, values))
    found.extend((id(m), m.training, len(m._forward_hooks), len(m._forward_pre_hooks)) for m in net.modules())
    return found


_REQUIRED: dict[str, Callable[[str], object]] = {
    "GetDetail": lambda name: GetDetail(name),
    "GetAccess": lambda name: GetAccess(name),
    "GetValues": lambda name: GetValues(name),
    "GetPreview": lambda _: GetPreview("xavier_uniform", Subtree("", "", "*")),
    "GetCards": lambda name: GetCards((name,)),
    "GetUseGradients": lambda name: GetUseGradients(name),
    "GetTwins": lambda name: GetTwins(name, steps=1),
    "GetEvidence": lambda _: GetEvidence("two_gradients"),
    "GetTheory": lambda name: GetTheory((name,)),
    "GetIdentity": lambda name: GetIdentity(name),
    "GetGallery": lambda name: GetGallery(name),
    "GetComparison": lambda name: GetComparison(OneTensor(name), (Choice("normal"), Choice("orthogonal"))),
}


@pytest.mark.parametrize("build", [*_MODELS.values(), lambda: replay(Recipe("autoencoder").then(Train(2)))])
def test_looking_changes_nothing(build: Callable[[], nn.Module]) -> None:
    net = build()
    if len(list(nodes(module_tree(net)))) > 500:
        net = chain(5)
    moments = Moments(Recipe("mlp"), net, net, ())
    names = [entry.name for entry in named_tensors(net)] or [""]
    before = fingerprint(net)
    for kind, request in QUESTIONS.items():
        if kind == "GetDistance":
            continue
        for name in names:
            try:
                answer(_REQUIRED[kind](name) if kind in _REQUIRED else request(), moments)  # type: ignore[arg-type]
            except ValueError:
                continue  # a sentence for what cannot be measured
    assert fingerprint(net) == before


def test_a_whole_copy_of_a_model_measures_the_same() -> None:
    net = replay(Recipe("gpt"))
    assert module_tree(copy.deepcopy(net)) == module_tree(net)
