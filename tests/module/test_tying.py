"""A tie is made and undone: two names become one object, or stand alone again, and what cannot be is one sentence."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from core.models.shared_mlp import shared_mlp
from core.module.tying import tie, tied_groups, untie, untie_name, untie_names
from core.module.walk import named_tensors
from core.questions.model import TiedGroup
from tests.kinds import every_kind, k1, k2, k3, k4, k5, k10, linear, pair, poked


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

    def test_names_four_groups_where_nothing_is_tied_under_that_name(self) -> None:
        model = nn.ModuleList(nn.Linear(2, 2) for _ in range(7))
        for index in range(1, 6):
            tie(
                model,
                f"{index - 1}.{'weight' if index % 2 else 'bias'}",
                f"{index}.{'weight' if index % 2 else 'bias'}",
            )
        with pytest.raises(ValueError, match="is not tied") as caught:
            untie(model, "6.weight")
        assert str(caught.value) == (
            "'6.weight' is not tied to anything; tied are 0.weight = 1.weight; 1.bias = 2.bias; 2.weight = 3.weight; "
            "3.bias = 4.bias"
        )
