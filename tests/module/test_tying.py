"""Tied is a fact about objects and storage: every kind of sharing, told apart, counted once, made and undone.

Ground truth is the poke probe: write one tensor and see which others change. Row names K1 to K12 are the matrix of
kinds in the reference on tying; each toy model is Linear(4, 4), ReLU, Linear(4, 4) with one kind of sharing.
"""

import copy
import itertools
import time
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.models.gpt import gpt
from core.models.shared_mlp import shared_mlp
from core.module.tying import counts, tie, tied_groups, untie, untie_name, untie_names
from core.module.walk import named_tensors
from core.questions.model import TiedGroup
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Forward, Initialize, Tie, Train, Untie
from core.recipe.untied import control
from core.replay.replay import replay
from tests.kinds import HidesOne, UsesTwice, k1, k2, k3, k4, k5, k6, k6_interleaved, k7, k10, k11, linear, pair, poked

TIED: dict[str, tuple[Callable[[], nn.Module], list[TiedGroup]]] = {
    "K1 same module": (
        k1,
        [TiedGroup(("0.weight", "2.weight"), "same module"), TiedGroup(("0.bias", "2.bias"), "same module")],
    ),
    "K2 same parameter": (k2, [TiedGroup(("0.weight", "2.weight"), "same parameter")]),
    "K3 same storage": (k3, [TiedGroup(("0.weight", "2.weight"), "same storage")]),
    "K4 transposed view": (k4, [TiedGroup(("0.weight", "2.weight"), "transposed view")]),
    "K5 overlapping slices": (k5, [TiedGroup(("0.weight", "2.weight"), "overlapping slices")]),
    "K10 buffer alias": (k10, [TiedGroup(("flat", "0.weight"), "buffer alias")]),
}
APART: dict[str, Callable[[], nn.Module]] = {
    "nothing shared": pair,
    "K6 disjoint slices": k6,
    "K6 even and odd rows": k6_interleaved,
    "K7 equal values": k7,
    "K8 one name, used twice": UsesTwice,
    "K9 hidden in a list": HidesOne,
    "K11 expanded": k11,
    "no tensors": nn.ReLU,
}
every_kind = pytest.mark.parametrize("build", [build for build, _ in TIED.values()] + list(APART.values()))


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
    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
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

    def test_thousands_of_slices_of_one_storage_take_no_time(self) -> None:
        base = torch.zeros(20_000)
        model = nn.ParameterList([*(base[i : i + 1] for i in range(20_000)), base[7:9]])
        started = time.process_time()
        assert [group.names for group in tied_groups(model)] == [("7", "8", "20000")]
        assert time.process_time() - started < 2

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


class TestTie:
    def test_makes_two_names_one_parameter_with_the_values_of_the_source(self) -> None:
        model = pair()
        source = linear(model, "0").weight
        values = source.detach().clone()
        tie(model, "0.weight", "2.weight")
        assert linear(model, "2").weight is source
        assert torch.equal(source, values)
        assert tied_groups(model) == (TiedGroup(("0.weight", "2.weight"), "same parameter"),)

    def test_makes_two_places_one_module(self) -> None:
        model = pair()
        tie(model, "2", "0")
        assert model[0] is model[2]
        assert {group.kind for group in tied_groups(model)} == {"same module"}

    def test_keeps_the_order_of_names(self) -> None:
        model = pair()
        names = list(model.state_dict())
        tie(model, "2.bias", "0.bias")
        tie(model, "2", "0")
        assert list(model.state_dict()) == names

    def test_ties_three_names(self) -> None:
        model = nn.Sequential(*(nn.Linear(3, 3) for _ in range(3)))
        tie(model, "0.weight", "1.weight")
        tie(model, "1.weight", "2.weight")
        assert tied_groups(model) == (TiedGroup(("0.weight", "1.weight", "2.weight"), "same parameter"),)

    def test_replaces_a_shared_storage_by_one_parameter(self) -> None:
        model = k3()
        tie(model, "0.weight", "2.weight")
        assert tied_groups(model)[0].kind == "same parameter"

    def test_reaches_an_lstms_own_list_of_weights(self) -> None:
        model = nn.LSTM(3, 3)
        tie(model, "weight_ih_l0", "weight_hh_l0")
        tie(model, "bias_ih_l0", "bias_hh_l0")
        inputs = torch.rand(2, 3)
        with torch.no_grad():
            model.get_parameter("weight_ih_l0").zero_()
            model.get_parameter("bias_ih_l0").zero_()
            outputs, _ = model(inputs)
        assert torch.equal(outputs, torch.zeros(2, 3))

    @pytest.mark.parametrize(
        ("build", "source", "target", "sentence"),
        [
            pytest.param(pair, "0.bias", "0.bias", "'0.bias' cannot be tied to itself; name two places", id="one name"),
            pytest.param(
                k2, "0.weight", "2.weight", "'0.weight' and '2.weight' are the same parameter already", id="tied"
            ),
            pytest.param(k1, "0", "2", "'0' and '2' are the same module already", id="tied modules"),
            pytest.param(
                pair,
                "0.weight",
                "2.bias",
                "cannot tie 2.bias (4,) float32 to 0.weight (4, 4) float32: tied tensors need one shape and dtype; "
                "choose two that agree",
                id="shapes",
            ),
            pytest.param(
                lambda: nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).double()),
                "0.weight",
                "1.weight",
                "cannot tie 1.weight (2, 2) float64 to 0.weight (2, 2) float32: tied tensors need one shape and "
                "dtype; choose two that agree",
                id="dtypes",
            ),
            pytest.param(
                k10, "0.weight", "flat", "'flat' is a buffer; only parameters and modules can be tied", id="a buffer"
            ),
            pytest.param(
                lambda: nn.Sequential(nn.LazyLinear(2), nn.Linear(2, 2)),
                "0.weight",
                "1.weight",
                "'0.weight' is uninitialized until the first forward pass; run one first",
                id="uninitialized",
            ),
            pytest.param(
                pair,
                "0",
                "1",
                "cannot tie 1 ReLU() to 0 Linear(weight (4, 4), bias (4,)): tied modules need one type and equal "
                "parameter shapes; choose two that agree",
                id="module types",
            ),
            pytest.param(
                shared_mlp,
                "0",
                "2",
                "cannot tie 2 Linear(weight (8, 8), bias (8,)) to 0 Linear(weight (8, 4), bias (8,)): tied modules "
                "need one type and equal parameter shapes; choose two that agree",
                id="module shapes",
            ),
            pytest.param(
                lambda: nn.Sequential(nn.Sequential(nn.Linear(2, 2))),
                "0",
                "0.0",
                "cannot tie '0.0' to '0': one contains the other; name two separate modules",
                id="nested",
            ),
            pytest.param(
                pair,
                "0.weight",
                "2.wait",
                "there is no tensor '2.wait': 2 holds weight, bias",
                id="no such tensor",
            ),
            pytest.param(
                pair, "5.weight", "2.weight", "there is no module '5': net holds 0, 1, 2", id="no such module"
            ),
            pytest.param(
                pair, "0", "2.weight", "there is no module '2.weight': 2 holds no modules", id="module to parameter"
            ),
            pytest.param(
                pair,
                "0.weight",
                "2",
                "there is no tensor '2': net holds no parameters or buffers",
                id="parameter to module",
            ),
        ],
    )
    def test_refuses_in_one_sentence_and_changes_nothing(
        self, build: Callable[[], nn.Module], source: str, target: str, sentence: str
    ) -> None:
        model = build()
        objects = [(entry.name, id(entry.tensor)) for entry in named_tensors(model)]
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole text is compared)
            tie(model, source, target)
        assert str(caught.value) == sentence
        assert [(entry.name, id(entry.tensor)) for entry in named_tensors(model)] == objects

    def test_no_sequence_of_ties_puts_a_module_inside_itself(self) -> None:
        inner = nn.Sequential(nn.Sequential())
        model = nn.ModuleDict({"a": inner, "b": inner})
        with pytest.raises(ValueError, match="one contains the other"):
            tie(model, "a", "b.0")


class TestUntie:
    @pytest.mark.parametrize("build", [k2, k3, k4, k5], ids=["K2", "K3", "K4", "K5"])
    def test_gives_a_parameter_its_own_storage_with_equal_values(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        kept = linear(model, "0").weight
        values = linear(model, "2").weight.detach().clone()
        untie(model, "2.weight")
        assert tied_groups(model) == ()
        assert poked(model) == set()
        assert linear(model, "0").weight is kept
        assert torch.equal(linear(model, "2").weight, values)
        assert isinstance(linear(model, "2").weight, nn.Parameter)

    def test_gives_a_buffer_its_own_storage(self) -> None:
        model = k10()
        untie(model, "flat")
        assert tied_groups(model) == ()
        assert torch.equal(model.get_buffer("flat"), linear(model, "0").weight.view(-1))

    def test_gives_a_module_its_own_copy(self) -> None:
        model = k1()
        values = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        untie(model, "2")
        assert model.get_submodule("0") is not model.get_submodule("2")
        assert tied_groups(model) == ()
        assert all(torch.equal(tensor, values[name]) for name, tensor in model.state_dict().items())

    def test_one_of_three_names_leaves_the_other_two_tied(self) -> None:
        model = nn.Sequential(*(nn.Linear(3, 3, bias=False) for _ in range(3)))
        tie(model, "0.weight", "1.weight")
        tie(model, "0.weight", "2.weight")
        untie(model, "1.weight")
        assert tied_groups(model) == (TiedGroup(("0.weight", "2.weight"), "same parameter"),)

    def test_undoes_a_tie(self) -> None:
        model = pair()
        tie(model, "0.weight", "2.weight")
        untie(model, "0.weight")
        assert tied_groups(model) == ()
        assert torch.equal(linear(model, "0").weight, linear(model, "2").weight)

    def test_keeps_whether_it_trains(self) -> None:
        model = k2()
        linear(model, "0").weight.requires_grad_(False)
        untie(model, "2.weight")
        assert not linear(model, "2").weight.requires_grad

    @pytest.mark.parametrize(
        ("build", "name", "sentence"),
        [
            pytest.param(
                k2, "0.bias", "'0.bias' is not tied to anything; tied are 0.weight = 2.weight", id="another is"
            ),
            pytest.param(
                pair,
                "2.weight",
                "'2.weight' is not tied to anything; tied are no tensors of this model",
                id="none is",
            ),
            pytest.param(pair, "2", "'2' is not tied to anything; tied are no tensors of this model", id="a module"),
            pytest.param(
                k1,
                "2.weight",
                "'2.weight' is tied because module '2' stands in two places; untie '2' instead",
                id="the module above it is",
            ),
            pytest.param(pair, "7.weight", "there is no module '7': net holds 0, 1, 2", id="no such module"),
        ],
    )
    def test_refuses_in_one_sentence(self, build: Callable[[], nn.Module], name: str, sentence: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole text is compared)
            untie(build(), name)
        assert str(caught.value) == sentence

    @pytest.mark.parametrize(
        ("build", "name", "own"),
        [
            (k1, "2.weight", "2"),
            (k1, "2", "2"),
            (k2, "2.weight", "2.weight"),
            (k2, "2.bias", None),
            (pair, "0.weight", None),
            (pair, "0", None),
        ],
    )
    def test_says_what_to_untie_so_that_a_name_stands_alone(
        self, build: Callable[[], nn.Module], name: str, own: str | None
    ) -> None:
        model = build()
        assert untie_name(model, name) == own
        if own is not None:
            untie(model, own)
            assert not any(name in group.names for group in tied_groups(model))

    @every_kind
    def test_says_the_same_for_all_groups_at_once(self, build: Callable[[], nn.Module]) -> None:
        model = build()
        groups = tied_groups(model)
        assert untie_names(model, groups) == tuple(untie_name(model, group.names[-1]) for group in groups)


class TestInARecipe:
    def test_training_keeps_a_tie_and_drives_untied_copies_apart(self) -> None:
        tied = replay(Recipe("shared_mlp", steps=(Train(3),)))
        assert tied.get_parameter("2.weight") is tied.get_parameter("4.weight")
        apart = replay(Recipe("shared_mlp", steps=(Untie("4"), Train(3))))
        assert not torch.equal(apart.get_parameter("2.weight"), apart.get_parameter("4.weight"))

    def test_an_edit_under_one_name_is_seen_under_the_other(self) -> None:
        model = replay(Recipe("shared_mlp", steps=(Edit("2.weight", "w[0, 0] = 100"),)))
        assert model.state_dict()["4.weight"][0, 0] == 100

    def test_a_refused_tie_names_the_step(self) -> None:
        with pytest.raises(ValueError, match=r"step 2 cannot be carried out: '0' cannot be tied to itself"):
            replay(Recipe("mlp", steps=(Forward(), Tie("0", "0"))))

    def test_the_control_unties_before_the_training_at_the_end_and_not_before_an_initialization(self) -> None:
        drawn, edit, train = Initialize("normal"), Edit("2.bias", "w += 1"), Train(2)
        recipe = Recipe("shared_mlp", steps=(drawn, edit, train))
        assert control(recipe, "4").steps == (drawn, Untie("4"), edit, train)
        assert control(recipe.prefix(1), "4").steps == (drawn, Untie("4"))
        assert control(recipe.prefix(0), "4").steps == (Untie("4"),)

    def test_the_control_starts_with_the_bytes_of_the_original(self) -> None:
        recipe = Recipe("shared_mlp", steps=(Initialize("xavier_uniform", seed=3),))
        original, copied = replay(recipe).state_dict(), replay(control(recipe, "4")).state_dict()
        assert all(torch.equal(original[name], copied[name]) for name in original)
