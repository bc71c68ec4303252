"""Tied is a fact about objects and storage: every kind of sharing, told apart and counted once.

Ground truth is the poke probe: write one tensor and see which others change. Row names K1 to K12 are the matrix of
kinds in the reference on tying; each toy model is Linear(4, 4), ReLU, Linear(4, 4) with one kind of sharing.
"""

import copy
import functools
import itertools
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.models.gpt import gpt
from core.models.shared_mlp import shared_mlp
from core.module.tying import counts, tied_groups
from core.questions.model import TiedGroup
from tests.kinds import (
    APART,
    TIED,
    every_kind,
    k1,
    k2,
    k3,
    k4,
    k5,
    k6,
    k7,
    k10,
    k11,
    linear,
    pair,
    poked,
)
from tests.work import grows_with


def named(groups: tuple[TiedGroup, ...]) -> set[frozenset[str]]:
    return {frozenset(group.names) for group in groups}


class TestTiedGroups:
    @pytest.mark.parametrize(("build", "expected"), TIED.values(), ids=list(TIED))
    def test_names_and_kind_of_every_row_that_is_tied(
        self, build: Callable[[], nn.Module], expected: list[TiedGroup]
    ) -> None:
        assert list(tied_groups(build())) == expected

    @pytest.mark.parametrize("build", APART.values(), ids=list(APART))
    def test_no_group_where_one_write_changes_one_name(self, build: Callable[[], nn.Module]) -> None:
        assert tied_groups(build()) == ()

    @every_kind
    def test_agrees_with_the_poke_probe(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        assert named(tied_groups(model)) == poked(model)

    @given(
        st.lists(
            st.tuples(
                st.integers(0, 12),
                st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=2),
            ),
            min_size=2,
            max_size=4,
        )
    )
    @settings(max_examples=150, derandomize=True, database=None)
    def test_agrees_with_the_poke_probe_on_any_views_of_one_storage(
        self, views: list[tuple[int, list[tuple[int, int]]]]
    ) -> None:
        """Views by offset and (size, stride) of each axis: contiguous, strided, expanded, overlapping, empty."""
        base = torch.arange(48.0)
        model = nn.Module()
        for number, (offset, axes) in enumerate(views):
            sizes, strides = [size for size, _ in axes], [stride for _, stride in axes]
            model.register_parameter(f"p{number}", nn.Parameter(base.as_strided(sizes, strides, offset)))
        assert named(tied_groups(model)) == poked(model)
        assert all(list(group.names) == sorted(group.names) for group in tied_groups(model))
        reached = torch.zeros(48, dtype=torch.bool)
        for offset, axes in views:
            for index in itertools.product(*(range(size) for size, _ in axes)):
                reached[offset + sum(i * stride for i, (_, stride) in zip(index, axes, strict=True))] = True
        assert counts(model).stored_bytes == 4 * int(reached.sum())

    def test_the_lessons_network_shares_its_third_and_fifth_layer(self) -> None:
        assert tied_groups(shared_mlp()) == (
            TiedGroup(("2.weight", "4.weight"), "same module"),
            TiedGroup(("2.bias", "4.bias"), "same module"),
        )

    def test_gpt_ties_its_head_to_its_token_embedding(self) -> None:
        assert tied_groups(gpt()) == (TiedGroup(("tok_emb.weight", "head.weight"), "same parameter"),)

    def test_nan_weights_are_tied_although_nothing_equals_them(self) -> None:
        model = k1()
        with torch.no_grad():
            linear(model, "0").weight.fill_(float("nan"))
        assert not (linear(model, "0").weight == linear(model, "2").weight).any()
        assert tied_groups(model)[0].names == ("0.weight", "2.weight")

    def test_two_names_in_one_module_are_one_parameter_and_no_shared_module(self) -> None:
        model = nn.Module()
        model.first = model.second = nn.Parameter(torch.ones(3))
        assert tied_groups(model) == (TiedGroup(("first", "second"), "same parameter"),)

    def test_a_block_in_two_places_shares_every_tensor_below_it(self) -> None:
        block = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
        groups = tied_groups(nn.ModuleDict({"a": block, "b": nn.Sequential(block)}))
        assert [group.names for group in groups][:2] == [("a.0.weight", "b.0.0.weight"), ("a.0.bias", "b.0.0.bias")]
        assert ("a.1.running_mean", "b.0.1.running_mean") in [group.names for group in groups]
        assert {group.kind for group in groups} == {"same module"}
        assert len(groups) == 7

    def test_a_buffer_in_two_modules_is_a_buffer_alias(self) -> None:
        model = nn.ModuleDict({"a": nn.Module(), "b": nn.Module()})
        shared = torch.ones(2)
        model["a"].register_buffer("mask", shared)
        model["b"].register_buffer("mask", shared)
        assert tied_groups(model) == (TiedGroup(("a.mask", "b.mask"), "buffer alias"),)

    def test_three_names_across_a_module_list_are_one_group(self) -> None:
        model = nn.ModuleList(nn.Linear(2, 2, bias=False) for _ in range(4))
        for index in (1, 3):
            linear(model, str(index)).weight = linear(model, "0").weight
        assert tied_groups(model) == (TiedGroup(("0.weight", "1.weight", "3.weight"), "same parameter"),)

    def test_slices_that_overlap_in_a_chain_are_one_group(self) -> None:
        base, model = torch.randn(8), nn.Module()
        for name, part in {"a": base[:3], "c": base[5:], "b": base[2:6]}.items():
            model.register_parameter(name, nn.Parameter(part))
        assert tied_groups(model) == (TiedGroup(("a", "c", "b"), "overlapping slices"),)

    def test_names_stand_in_registration_order_whatever_joins_them(self) -> None:
        base, model = torch.randn(9), nn.Module()
        for name, part in {"p": base[7:9], "a": base[0:2], "c": base[3:5], "d": base[1:4], "e": base[4:8]}.items():
            model.register_parameter(name, nn.Parameter(part))
        model.register_parameter("again", model.get_parameter("a"))
        assert [group.names for group in tied_groups(model)] == [("p", "a", "c", "d", "e", "again")]

    def test_slices_of_one_storage_cost_no_more_each_where_there_are_four_times_as_many(self) -> None:
        def slices(size: int) -> nn.ParameterList:
            base = torch.zeros(size)
            return nn.ParameterList([*(base[i : i + 1] for i in range(size)), base[7:9]])

        assert [group.names for group in tied_groups(slices(2000))] == [("7", "8", "2000")]
        assert grows_with(1000, 4, lambda size: functools.partial(tied_groups, slices(size))) < 4.4

    def test_meta_and_empty_tensors_are_not_tied_although_their_address_is_the_same(self) -> None:
        meta = pair().to("meta")
        empty = nn.ParameterList([torch.empty(0, 3), torch.empty(0, 3)])
        assert linear(meta, "0").weight.data_ptr() == linear(meta, "2").weight.data_ptr() == 0
        assert tied_groups(meta) == tied_groups(empty) == ()

    def test_one_object_on_the_meta_device_is_tied(self) -> None:
        assert [group.names for group in tied_groups(k1().to("meta"))] == [
            ("0.weight", "2.weight"),
            ("0.bias", "2.bias"),
        ]

    def test_uninitialized_parameters_are_tied_by_being_one_object_only(self) -> None:
        lazy = nn.LazyLinear(3)
        assert tied_groups(nn.Sequential(lazy, nn.LazyLinear(3))) == ()
        assert [group.kind for group in tied_groups(nn.Sequential(lazy, lazy))] == ["same module", "same module"]

    def test_a_tie_that_torch_breaks_is_gone_and_one_that_it_keeps_is_not(self) -> None:
        assert tied_groups(copy.deepcopy(k1()))
        assert tied_groups(copy.deepcopy(k3())) == ()
        loaded = k2()
        loaded.load_state_dict(pair().state_dict())
        assert tied_groups(loaded)
        assigned = k2()
        assigned.load_state_dict({k: v.clone() for k, v in pair().state_dict().items()}, assign=True)
        assert tied_groups(assigned) == ()
        rebound = k2()
        linear(rebound, "2").weight = nn.Parameter(torch.ones(4, 4))
        assert tied_groups(rebound) == ()


class TestCounts:
    @every_kind
    def test_unique_and_by_path_equal_torchs_sums(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        found = counts(model)
        assert found.unique == sum(p.numel() for p in model.parameters())
        assert found.by_path == sum(p.numel() for _, p in model.named_parameters(remove_duplicate=False))
        assert found.tensors == len(list(model.parameters()))
        assert found.trainable == sum(p.numel() for p in model.parameters() if p.requires_grad)

    @pytest.mark.parametrize(
        ("build", "unique", "elements_stored"),
        [
            pytest.param(k1, 20, 20, id="K1"),
            pytest.param(k2, 24, 24, id="K2"),
            pytest.param(k3, 40, 24, id="K3"),
            pytest.param(k4, 32, 16, id="K4"),
            pytest.param(k5, 32, 24, id="K5"),
            pytest.param(k6, 32, 32, id="K6"),
            pytest.param(k7, 40, 40, id="K7"),
            pytest.param(k10, 32, 32, id="K10"),
            pytest.param(k11, 32, 4, id="K11"),
        ],
    )
    def test_bytes_are_those_really_stored(
        self, build: Callable[[], nn.Module], unique: int, elements_stored: int
    ) -> None:
        assert counts(build()).unique == unique
        assert counts(build()).stored_bytes == 4 * elements_stored

    def test_the_lessons_network_has_121_parameters_in_484_bytes_and_193_by_path(self) -> None:
        found = counts(shared_mlp())
        assert (found.unique, found.by_path, found.stored_bytes, found.tensors) == (121, 193, 484, 6)
        assert sum(t.numel() for t in shared_mlp().state_dict().values()) == 193

    def test_uninitialized_parameters_count_nothing_yet(self) -> None:
        found = counts(nn.Sequential(nn.LazyLinear(3), nn.Linear(2, 2)))
        assert (found.unique, found.by_path, found.stored_bytes) == (6, 6, 24)

    def test_frozen_parameters_are_counted_but_not_trainable(self) -> None:
        model = k1()
        linear(model, "0").weight.requires_grad_(False)
        assert (counts(model).unique, counts(model).trainable) == (20, 4)
