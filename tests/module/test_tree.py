"""The tree of any module: every edge case that other viewers stumbled over, and that looking changes nothing.

E numbers are the cases of the reference on viewers.
"""

import random
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrizations, prune

from core.answers.answer import answer
from core.answers.base import Moments
from core.module.reach import reach
from core.module.tree import module_tree
from core.module.tree_rows import tree_rows
from core.module.tying import counts, tied_groups
from core.module.walk import find_module, find_tensor, named_modules, named_tensors
from core.questions.base import Request
from core.questions.code import GetOwnFiles, GetReading, GetSourceReading
from core.questions.experiments import GetEvidence, GetMisconceptions, GetSurvival, GetTwins
from core.questions.model import GetOverview, GetPreview, GetPrinted, GetTree, GetWeights, ModuleNode, TensorInfo
from core.questions.registry import QUESTIONS
from core.questions.sharing import GetSharing, GetUseGradients
from core.questions.tensor import GetAccess, GetCards, GetChangedCells, GetChanges, GetDetail, GetDistance, GetValues
from core.questions.theory import Choice, GetComparison, GetGallery, GetIdentity, GetTheory, GetVerdict
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Forward, OneTensor, Subtree, Train
from core.replay.replay import replayed


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
    "E38 buffers": buffers,
    "E42 lazy": lazy,
    "E43 meta": meta,
    "E50 pruned": pruned,
    "E51 spectral norm": spectral,
    "E51 spectral norm by hook": hooked_spectral,
    "E51 orthogonal": orthogonal,
    "gradients, modes and hooks": with_gradients,
    "numbers out of order": lambda: nn.Sequential(OrderedDict([("1", nn.Linear(2, 2)), ("0", nn.Linear(2, 2))])),
    **{name: (lambda recipe: lambda: replayed(recipe).model)(Recipe(name)) for name in MODELS},
}
every_case = pytest.mark.parametrize("build", CASES.values(), ids=list(CASES))


def nodes(root: ModuleNode) -> Iterator[ModuleNode]:
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children))


def tensors(root: ModuleNode) -> dict[str, TensorInfo]:
    return {info.name: info for node in nodes(root) for info in (*node.parameters, *node.buffers)}


def numel(parameters: Any) -> int:
    return sum(0 if is_lazy(p) else p.numel() for p in parameters)


class TestTree:
    @every_case
    def test_counts_every_module_as_torch_does(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        for node in nodes(module_tree(model)):
            assert node.num_parameters == numel(find_module(model, node.name).parameters())

    @every_case
    def test_lists_every_tensor_under_every_name(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        found = tensors(module_tree(model))
        parameters = dict(model.named_parameters(remove_duplicate=False))
        buffers = dict(model.named_buffers(remove_duplicate=False))
        assert found.keys() == parameters.keys() | buffers.keys()
        assert {name for name, info in found.items() if info.persistent} == {
            name for name in model.state_dict() if not name.endswith("_extra_state")
        }
        for name, info in found.items():
            tensor = parameters.get(name, buffers.get(name))
            assert tensor is not None
            assert info.kind == ("parameter" if name in parameters else "buffer")
            assert info.trainable == tensor.requires_grad
            assert info.device == str(tensor.device)
            assert f"torch.{info.dtype}" == str(tensor.dtype)
            assert info.lazy == is_lazy(tensor)
            if not info.lazy:
                assert info.shape == tuple(tensor.shape)
                assert info.numel == tensor.numel()

    @every_case
    def test_names_every_path_to_every_module(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        paths = dict(model.named_modules(remove_duplicate=False))
        found = {node.name: node for node in nodes(module_tree(model))}
        assert found.keys() == paths.keys()
        for name, node in found.items():
            assert node.type_name == type(paths[name]).__name__
            assert node.training == paths[name].training
            assert set(node.shared_with) == {other for other in paths if paths[other] is paths[name]} - {name}

    @every_case
    def test_becomes_rows_with_different_ids(self, build: Callable[[], nn.Module]) -> None:
        root = module_tree(build())
        rows = tree_rows(root, {})
        assert len({row.id for row in rows}) == len(rows)
        assert len(rows) == sum(1 for _ in nodes(root)) + len(tensors(root))
        assert rows[0].label == "net"
        assert rows[0].count == root.num_parameters

    def test_of_nothing_is_a_root_alone(self) -> None:
        root = module_tree(Empty())
        assert (root.name, root.type_name, root.parameters, root.children, root.num_parameters) == (
            "",
            "Empty",
            (),
            (),
            0,
        )

    def test_keeps_the_order_of_registration(self) -> None:
        root = module_tree(BesideChildren())
        assert [child.name for child in root.children] == ["layer"]
        assert [info.name for info in root.parameters] == ["scale"]
        assert [info.name for info in root.buffers] == ["offset"]
        assert [row.name for row in tree_rows(root, {})] == [
            "",
            "scale",
            "offset",
            "layer",
            "layer.weight",
            "layer.bias",
        ]

    def test_shows_a_layer_used_three_times_once(self) -> None:
        root = module_tree(Recursive())
        assert [child.name for child in root.children] == ["layer"]
        assert root.num_parameters == 20
        assert root.children[0].shared_with == ()

    def test_shows_a_module_of_four_paths_four_times_and_counts_it_once(self) -> None:
        root = module_tree(shared_under_parents())
        shared = [node for node in nodes(root) if node.type_name == "Linear"]
        assert [node.name for node in shared] == ["0.0", "0.2", "1.again", "2"]
        assert shared[0].shared_with == ("0.2", "1.again", "2")
        assert root.num_parameters == 20
        assert tensors(root)["2.weight"].tied_with == ("0.0.weight", "0.2.weight", "1.again.weight")

    def test_shows_both_names_of_a_module_of_one_parent(self) -> None:
        root = module_tree(two_names())
        assert [child.name for child in root.children] == ["first", "second"]
        assert root.num_parameters == 8

    def test_is_1500_levels_deep_without_recursion(self) -> None:
        depth = 1500
        model: nn.Module = nn.Linear(2, 2)
        for _ in range(depth):
            model = nn.Sequential(model)
        assert depth > sys.getrecursionlimit()
        root = module_tree(model)
        rows = tree_rows(root, {})
        assert max(row.depth for row in rows) == depth + 1
        assert all(node.num_parameters == 6 for node in nodes(root))
        assert counts(model).unique == 6
        assert tied_groups(model) == ()
        assert find_tensor(model, "0." * depth + "weight").tensor.shape == (2, 2)
        while root.children:  # freed level by level: nested records of this depth may not be left to the interpreter
            root = root.children[0]

    def test_of_20000_parameters_takes_less_than_two_seconds(self) -> None:
        model = nn.Sequential(*(nn.Linear(1, 1) for _ in range(10_000)))
        model.append(model[0])
        started = time.process_time()
        root = module_tree(model)
        assert time.process_time() - started < 2
        assert root.num_parameters == 20_000
        started = time.process_time()
        tree_rows(root, {})
        assert counts(model).unique == 20_000
        assert len(tied_groups(model)) == 2
        assert time.process_time() - started < 2

    def test_of_20000_parameters_in_one_list_takes_less_than_two_seconds(self) -> None:
        base = torch.zeros(20_000)
        model = nn.ParameterList(base[i : i + 1] for i in range(20_000))
        started = time.process_time()
        assert module_tree(model).num_parameters == 20_000
        assert time.process_time() - started < 2

    def test_keeps_a_class_name_of_any_length(self) -> None:
        assert module_tree(long_name()).children[0].type_name == LONG

    def test_knows_every_tensor_of_a_bidirectional_lstm_with_projections(self) -> None:
        root = module_tree(nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2))
        assert len(root.parameters) == 20
        assert {"weight_ih_l0", "weight_hr_l1_reverse", "bias_hh_l1_reverse"} <= tensors(root).keys()

    def test_keeps_strange_names_as_they_are(self) -> None:
        root = module_tree(strange_names())
        assert [info.name for info in root.parameters] == list(STRANGE)
        assert [info.name for info in root.children[0].buffers] == [f"a module.{name}" for name in STRANGE]

    def test_leaves_out_what_is_none(self) -> None:
        root = module_tree(with_none())
        assert tensors(root).keys() == {"weight"}
        assert root.children == ()

    def test_tells_frozen_parameters_from_others(self) -> None:
        root = module_tree(frozen())
        assert [info.trainable for info in tensors(root).values()] == [False, True, False, False, True, True]
        assert counts(frozen()).trainable == 2 + 6

    def test_tells_saved_buffers_from_others(self) -> None:
        found = tensors(module_tree(buffers()))
        assert found["0.num_batches_tracked"].shape == ()
        assert found["0.num_batches_tracked"].dtype == "int64"
        assert found["0.num_batches_tracked"].persistent
        assert not found["scratch"].persistent

    def test_tells_uninitialized_tensors_from_others(self) -> None:
        found = tensors(module_tree(lazy()))
        assert {name for name, info in found.items() if info.lazy} == {
            "0.weight",
            "0.bias",
            "1.weight",
            "1.bias",
            "1.running_mean",
            "1.running_var",
        }
        assert all(info.shape is None and info.numel == 0 for info in found.values() if info.lazy)

    def test_knows_shapes_on_the_meta_device(self) -> None:
        found = tensors(module_tree(meta()))
        assert found["0.weight"].shape == (2, 3)
        assert {info.device for info in found.values()} == {"meta"}

    def test_of_modules_that_contain_each_other_ends(self) -> None:
        model = cycle()
        root = module_tree(model)
        assert [node.name for node in nodes(root)] == ["", "0", "1", "1.0"]
        assert root.num_parameters == 12
        assert len(tree_rows(root, {})) == 8
        assert counts(model).unique == 12
        assert tied_groups(model) == ()


class TestReach:
    @every_case
    def test_every_expression_gives_the_very_object(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        for entry in named_tensors(model):
            expressions = reach(model, entry.name)
            assert len(set(expressions)) == len(expressions) >= 1
            for expression in expressions:
                assert eval(expression, {"net": model}) is entry.tensor, expression

    @every_case
    def test_the_state_dict_entry_shares_its_bytes(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        state = model.state_dict()
        for entry in named_tensors(model):
            if entry.persistent and not is_lazy(entry.tensor):
                assert state[entry.name].data_ptr() == entry.tensor.data_ptr()
                assert state[entry.name].shape == entry.tensor.shape
                assert state[entry.name].stride() == entry.tensor.stride()

    def test_goes_by_position_by_name_and_by_getter(self) -> None:
        model = replayed(Recipe("rgnet")).model
        assert reach(model, "0.block1.0.bias") == (
            "net[0][1][0].bias",
            "net[0].block1[0].bias",
            "net.get_parameter('0.block1.0.bias')",
        )
        assert reach(replayed(Recipe("gpt")).model, "blocks.1.attn.mask") == (
            "net.blocks[1].attn.mask",
            "net.get_buffer('blocks.1.attn.mask')",
        )

    def test_of_a_name_that_is_no_identifier_goes_by_getter_only(self) -> None:
        assert reach(strange_names(), "a b") == ("net.get_parameter('a b')",)

    def test_of_no_module_is_one_sentence(self) -> None:
        with pytest.raises(ValueError, match=r"there is no module '7': net holds 0, 1, 2"):
            reach(replayed(Recipe("mlp")).model, "7.weight")


def snapshot(model: nn.Module) -> dict[str, Any]:
    """Everything about a model and the process that looking must leave alone."""
    found: dict[str, Any] = {
        "rng": torch.get_rng_state().numpy().tobytes(),
        "numpy": str(np.random.get_state()),  # noqa: NPY002
        "python": random.getstate(),
        "process": (torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()),
    }
    for here in named_modules(model):
        inside = vars(here.module)
        found[f"module {here.name}"] = (
            id(here.module),
            type(here.module),
            here.module.training,
            list(inside),
            {name: id(value) for name, value in inside.items() if isinstance(value, Tensor | nn.Module)},
            {name: list(value.items()) for name, value in inside.items() if name.endswith("hooks")},
        )
    for entry in named_tensors(model):
        tensor = entry.tensor
        found[f"tensor {entry.name}"] = (id(tensor), tensor.requires_grad, tensor._version, data(tensor))
        found[f"grad {entry.name}"] = None if tensor.grad is None else (id(tensor.grad), data(tensor.grad))
    return found


def data(tensor: Tensor) -> object:
    if is_lazy(tensor) or tensor.is_meta:
        return type(tensor)
    content = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return (tensor.dtype, tensor.shape, tensor.stride(), tensor.data_ptr(), content)


def every_request(model: nn.Module) -> Iterator[Request[Any]]:
    names = tuple(dict.fromkeys(entry.name for entry in named_tensors(model)))
    yield from (GetTree(), GetOverview(), GetChanges(), GetPrinted(), GetWeights())
    yield from (GetCards(names), GetCards(names, difference=True))
    for scheme in ("normal", "orthogonal", "constant"):
        yield GetPreview(scheme, Subtree("", "", "*"))
    for name in names:
        yield from (GetAccess(name), GetDetail(name), GetDetail(name, window=(0, 1, 0, 1)), GetValues(name))
        yield GetDistance(name, names[0])
    yield from (GetSharing(), GetSurvival(), GetMisconceptions(), GetChangedCells(), GetEvidence("two_gradients"))
    yield from (GetVerdict(), GetTheory(names), GetOwnFiles())
    yield from (GetReading("def f(m): ..."), GetSourceReading("def build(): ..."))
    for name in names[:2]:
        yield from (GetUseGradients(name), GetTwins(name, steps=1), GetIdentity(name), GetGallery(name, cells=8))
        yield GetComparison(OneTensor(name), (Choice("normal"), Choice("orthogonal")), cells=8)


class TestLookingChangesNothing:
    @every_case
    def test_at_tree_ties_and_counts(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        before = snapshot(model)
        module_tree(model)
        tied_groups(model)
        counts(model)
        for entry in named_tensors(model):
            reach(model, entry.name)
        assert snapshot(model) == before

    @every_case
    def test_by_any_request(self, build: Callable[[], nn.Module]) -> None:
        """One moment, then two; what a model cannot answer is one sentence, and changes nothing either."""
        earlier, model = build(), build()
        for moments in (Moments(Recipe("mlp"), model, model, ()), Moments(Recipe("mlp"), earlier, model, ())):
            asked = set()
            before = snapshot(model), snapshot(earlier)
            for request in every_request(model):
                try:
                    answer(request, moments)
                except ValueError as error:
                    assert "\n" not in str(error)  # noqa: PT017 (an answer is right as well)
                assert (snapshot(model), snapshot(earlier)) == before, request
                asked.add(type(request).__name__)
        if named_tensors(model):
            assert asked == set(QUESTIONS)

    @pytest.mark.parametrize("name", MODELS)
    def test_at_a_trained_model_of_the_catalog(self, name: str) -> None:
        recipe = Recipe(name, steps=(Forward(), Train(1)))
        final = replayed(recipe)
        moments = Moments(recipe, replayed(recipe.prefix(1)).model, final.model, final.outcomes)
        before = snapshot(final.model)
        for request in every_request(final.model):
            try:
                answer(request, moments)
            except ValueError as error:
                assert isinstance(request, GetDistance | GetValues | GetPreview | GetTwins | GetUseGradients), error  # noqa: PT017
        assert snapshot(final.model) == before

    def test_at_spectral_norm_is_a_test_worth_having(self) -> None:
        """Reading the weight as an attribute does change the model."""
        model = spectral()
        before = snapshot(model)
        assert isinstance(model[0].weight, Tensor)  # type: ignore[index]
        assert snapshot(model) != before
