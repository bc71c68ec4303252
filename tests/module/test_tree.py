"""The tree of any module: every edge case that other viewers stumbled over.

E numbers are the cases of the reference on viewers.
"""

import copy
import functools
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from core.module.tree import module_tree
from core.module.tree_rows import tree_rows
from core.module.tying import counts, tied_groups
from core.module.walk import find_module, find_tensor
from core.questions.model import ModuleNode, TensorInfo
from core.recipe.recipe import Recipe
from core.replaying.replay import replayed
from tests.edge_cases import (
    LONG,
    STRANGE,
    BesideChildren,
    Empty,
    Recursive,
    buffers,
    cycle,
    every_case,
    frozen,
    lazy,
    long_name,
    meta,
    nodes,
    shared_under_parents,
    strange_names,
    two_names,
    with_none,
)
from tests.work import grows_with


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

    def test_costs_no_more_for_each_of_four_times_as_many_modules(self) -> None:
        def layers(size: int) -> nn.Sequential:
            model = nn.Sequential(*(nn.Linear(1, 1) for _ in range(size)))
            return model.append(model[0])

        assert module_tree(layers(1000)).num_parameters == counts(layers(1000)).unique == 2000
        assert len(tied_groups(layers(1000))) == 2
        assert grows_with(1000, 4, lambda size: functools.partial(module_tree, layers(size))) < 4.4
        assert grows_with(1000, 4, lambda size: functools.partial(counts, layers(size))) < 4.4
        assert grows_with(1000, 4, lambda size: functools.partial(tied_groups, layers(size))) < 4.4
        assert grows_with(1000, 4, lambda size: functools.partial(tree_rows, module_tree(layers(size)), {})) < 4.4

    def test_costs_no_more_for_each_of_four_times_as_many_parameters_of_one_storage(self) -> None:
        def slices(size: int) -> nn.ParameterList:
            base = torch.zeros(size)
            return nn.ParameterList(base[i : i + 1] for i in range(size))

        assert module_tree(slices(1000)).num_parameters == 1000
        assert grows_with(1000, 4, lambda size: functools.partial(module_tree, slices(size))) < 4.4

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

    def test_shows_the_lessons_shared_layer_under_both_names_and_counts_it_once(self) -> None:
        root = module_tree(replayed(Recipe("shared_mlp")).model)
        assert [child.name for child in root.children] == ["0", "1", "2", "3", "4", "5", "6"]
        assert root.num_parameters == 121
        assert root.children[4].shared_with == ("2",)
        assert root.children[4].parameters[0].tied_with == ("2.weight",)

    def test_of_a_whole_copy_of_a_model_is_the_same(self) -> None:
        net = replayed(Recipe("gpt")).model
        assert module_tree(copy.deepcopy(net)) == module_tree(net)
