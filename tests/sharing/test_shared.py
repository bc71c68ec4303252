"""The detector matrix: what is shared, told apart row by row, beside what torch itself says of the same objects.

The table is the reference's, K1 to K11; every entry of it is asked of torch again in the same test.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.models.autoencoder import autoencoder
from core.models.gpt import gpt
from core.models.shared_mlp import shared_mlp
from core.module.tying import counts
from core.module.walk import find_tensor
from core.questions.sharing import GetUses, SharedTensor, SharingKind
from core.recipe.recipe import Recipe
from core.replaying.replay import replay
from core.sharing.shared import pair_facts, sharing
from tests.kinds import (
    Cell,
    HidesOne,
    UsesTwice,
    k1,
    k2,
    k3,
    k4,
    k5,
    k6,
    k7,
    k10,
    k10_same_shape,
    k11,
    linear,
    pair,
    poked,
)


@dataclass(frozen=True)
class Row:
    """A row of the matrix; the pair of names it is about, if there are two."""

    build: Callable[[], nn.Module]
    kind: SharingKind | None
    names: tuple[str, ...]
    same_object: bool = False
    same_parameter: bool = False
    overlapping: bool = False
    equal: bool = False
    uses: tuple[int, ...] = (1, 1)
    slots: int = 2
    unique: int = 0
    state_dict: int = 0


PAIR = ("0.weight", "2.weight")
MATRIX = {
    "K1": Row(k1, "same module", PAIR, True, True, True, True, (1, 1), 1, 20, 40),
    "K2": Row(k2, "same parameter", PAIR, False, True, True, True, (1, 1), 1, 24, 40),
    "K3": Row(k3, "same storage", PAIR, False, False, True, True, (1, 1), 2, 40, 40),
    "K4": Row(k4, "transposed view", PAIR, False, False, True, False, (1, 1), 2, 32, 32),
    "K5": Row(k5, "overlapping slices", PAIR, False, False, True, False, (1, 1), 2, 32, 32),
    "K6": Row(k6, None, PAIR, unique=32, state_dict=32),
    "K7": Row(k7, None, PAIR, equal=True, unique=40, state_dict=40),
    "K8": Row(UsesTwice, "several uses", ("embedding.weight",), uses=(2,), slots=1, unique=16, state_dict=16),
    "K9": Row(HidesOne, "several uses", ("layer.weight",), uses=(2,), slots=1, unique=20, state_dict=20),
    "K10": Row(k10, "buffer alias", ("flat", "0.weight"), False, False, True, False, (0, 1), 1, 32, 48),
    "K10 same shape": Row(
        k10_same_shape, "buffer alias", ("seen", "0.weight"), False, False, True, True, (0, 1), 1, 32, 48
    ),
    "K11": Row(k11, "expanded", ("rows",), uses=(1,), slots=1, unique=32, state_dict=32),
}
every_row = pytest.mark.parametrize("row", MATRIX.values(), ids=list(MATRIX))


def inputs_of(model: nn.Module) -> Tensor:
    return torch.arange(4) if isinstance(model, UsesTwice) else torch.rand(3, 4)


def found_in(model: nn.Module, names: tuple[str, ...]) -> list[SharedTensor]:
    return [shared for shared in sharing(model, inputs_of(model)).shared if set(shared.names) & set(names)]


class TestTheMatrix:
    @every_row
    def test_kind_and_names(self, row: Row) -> None:
        found = [(shared.kind, shared.names) for shared in found_in(row.build(), row.names)]
        assert found == ([] if row.kind is None else [(row.kind, row.names)])

    @every_row
    def test_four_facts_are_what_torch_says_and_what_the_reference_says(self, row: Row) -> None:
        if len(row.names) == 1:
            return self.one_name_has_no_facts(row)
        model = row.build()
        seen = pair_facts(model, *row.names)
        a, b = (find_tensor(model, name) for name in row.names)
        assert (seen.first, seen.second) == row.names
        assert seen.same_object == row.same_object == (a.owner is b.owner)
        assert seen.same_parameter == row.same_parameter == (a.tensor is b.tensor)
        assert seen.overlapping_bytes == row.overlapping == (frozenset(row.names) in poked(row.build()))
        same_shape = a.tensor.shape == b.tensor.shape
        assert seen.equal_values == row.equal == (same_shape and bool((a.tensor == b.tensor).all()))
        assert seen.torch_equal == torch.equal(a.tensor, b.tensor)
        assert seen.nan_pairs == 0
        for shared in found_in(model, row.names):
            assert shared.facts == (seen,)
        return None

    def one_name_has_no_facts(self, row: Row) -> None:
        (shared,) = found_in(row.build(), row.names)
        assert shared.facts == ()

    @every_row
    def test_uses_are_the_edges_into_accumulate_grad_of_a_real_forward_pass(self, row: Row) -> None:
        model = row.build()
        expected = edges(model)
        for shared in found_in(model, row.names):
            assert shared.uses is not None
            assert tuple(shared.uses_of(name) for name in row.names) == row.uses
            parameters = {id(find_tensor(model, name).tensor) for name in row.names}
            assert len(shared.uses) == sum(expected.get(key, 0) for key in parameters)

    @every_row
    def test_optimizer_slots_are_the_parameters_that_an_optimizer_holds(self, row: Row) -> None:
        model = row.build()
        held = {id(find_tensor(model, name).tensor) for name in row.names}
        (group,) = torch.optim.Adam(model.parameters()).param_groups
        for shared in found_in(model, row.names):
            assert shared.optimizer_slots == row.slots == sum(id(parameter) in held for parameter in group["params"])

    @every_row
    def test_counts_are_torchs(self, row: Row) -> None:
        model = row.build()
        found = counts(model)
        assert found.unique == row.unique == sum(p.numel() for p in model.parameters())
        assert sum(tensor.numel() for tensor in model.state_dict().values()) == row.state_dict
        assert found.stored_bytes == bytes_reached(model)


def edges(model: nn.Module) -> dict[int, int]:
    """Edges into each AccumulateGrad node, by the parameter's id, counted here by a recursion of its own."""
    counted: dict[int, int] = {}
    seen = set()

    def visit(node: torch.autograd.graph.Node) -> None:
        if node in seen:
            return
        seen.add(node)
        for following, _ in node.next_functions:
            if following is None:
                continue
            if hasattr(following, "variable"):
                counted[id(following.variable)] = counted.get(id(following.variable), 0) + 1
            else:
                visit(following)

    root = model(inputs_of(model)).grad_fn
    assert root is not None
    visit(root)
    return counted


def bytes_reached(model: nn.Module) -> int:
    """Addresses at which some element of a parameter or buffer has a byte, one by one."""
    addresses: set[int] = set()
    for tensor in (*model.parameters(), *model.buffers()):
        flat = torch.arange(tensor.untyped_storage().nbytes() // tensor.element_size())
        index = flat.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset()).reshape(-1)
        base = tensor.untyped_storage().data_ptr()
        addresses |= {
            base + int(i) * tensor.element_size() + byte for i in index for byte in range(tensor.element_size())
        }
    return len(addresses)


class TestSharing:
    def test_the_lessons_net_has_one_slot_two_uses_and_484_bytes(self) -> None:
        found = sharing(shared_mlp(), torch.rand(2, 4))
        assert (found.counts.unique, found.counts.by_path, found.counts.stored_bytes) == (121, 193, 484)
        weight, bias = found.shared
        assert (weight.names, weight.kind, weight.optimizer_slots) == (("2.weight", "4.weight"), "same module", 1)
        assert (weight.uses_of("2.weight"), weight.uses_of("4.weight")) == (1, 1)
        assert (weight.stored_bytes, bias.stored_bytes, weight.untie) == (256, 32, "4")
        assert (found.unused, found.unregistered, found.note) == ((), (), "")

    def test_tied_nan_weights_are_tied_and_their_facts_say_how_torch_equal_fails(self) -> None:
        model = k1()
        with torch.no_grad():
            linear(model, "0").weight.fill_(float("nan"))
        seen = pair_facts(model, "0.weight", "2.weight")
        assert (seen.same_parameter, seen.overlapping_bytes, seen.equal_values) == (True, True, True)
        assert (seen.torch_equal, seen.nan_pairs) == (False, 16)

    def test_equal_zeros_of_two_signs_are_equal_to_torch_and_not_bit_for_bit(self) -> None:
        model = k7()
        with torch.no_grad():
            linear(model, "0").weight.fill_(0.0)
            linear(model, "2").weight.fill_(-0.0)
        seen = pair_facts(model, "0.weight", "2.weight")
        assert (seen.torch_equal, seen.equal_values) == (True, False)

    def test_two_arrays_of_numpy_over_one_memory_are_tied_though_their_storages_are_two(self) -> None:
        base = torch.zeros(6).numpy()
        model = nn.Module()
        model.register_parameter("all", nn.Parameter(torch.from_numpy(base)))
        model.register_parameter("part", nn.Parameter(torch.from_numpy(base[2:4])))
        storages = {p.untyped_storage()._cdata for p in model.parameters()}
        assert len(storages) == 2
        (shared,) = sharing(model).shared
        assert (shared.names, shared.kind, shared.stored_bytes) == (("all", "part"), "overlapping slices", 24)
        assert poked(model) == {frozenset(("all", "part"))}

    def test_meta_empty_and_uninitialized_tensors_have_no_bytes_to_share(self) -> None:
        for model in (pair().to("meta"), nn.ParameterList([torch.empty(0), torch.empty(0)]), nn.LazyLinear(2)):
            found = sharing(model)
            assert found.shared == ()
            assert found.counts.stored_bytes == 0

    def test_a_cell_called_ten_times_has_ten_uses_each_of_its_own_call(self) -> None:
        found = sharing(Cell(), torch.rand(2, 10, 3))
        (shared,) = [shared for shared in found.shared if shared.names == ("cell.weight_hh",)]
        assert shared.kind == "several uses"
        assert shared.uses is not None
        assert [(use.module, use.call) for use in shared.uses] == [("cell", call) for call in range(1, 11)]

    def test_the_gpts_tie_is_used_once_under_each_name(self) -> None:
        (shared,) = sharing(gpt(), torch.arange(16)[None]).shared
        assert shared.uses is not None
        assert [(use.name, use.module, use.operation) for use in shared.uses] == [
            ("tok_emb.weight", "tok_emb", "embedding"),
            ("head.weight", "head", "t, mm"),
        ]

    def test_the_autoencoders_weight_is_used_by_its_encoder_and_by_the_net_itself(self) -> None:
        (shared,) = sharing(autoencoder(), torch.rand(4, 16)).shared
        assert shared.uses is not None
        assert [(use.name, use.module, use.operation) for use in shared.uses] == [
            ("encoder.weight", "encoder", "t, addmm"),
            ("encoder.weight", "", "t, t, addmm"),
        ]

    def test_a_module_called_again_by_another_name_of_its_container_is_told_apart(self) -> None:
        block = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        model = nn.Sequential(block, nn.Sequential(block))
        weight = sharing(model, torch.rand(2, 2)).shared[0]
        assert weight.uses is not None
        assert [use.name for use in weight.uses] == ["0.0.weight", "1.0.0.weight"]

    def test_a_parameter_that_the_pass_does_not_reach_is_unused_and_a_hidden_one_unregistered(self) -> None:
        class Odd(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.idle, self.read = nn.Linear(2, 2), nn.Linear(2, 2)
                self.hidden = [nn.Linear(2, 3)]

            def forward(self, x: Tensor) -> Tensor:
                out: Tensor = self.hidden[0](x @ self.read.weight.data)
                return out

        found = sharing(Odd(), torch.rand(4, 2))
        assert found.unused == ("idle.weight", "idle.bias", "read.weight", "read.bias")
        assert sorted(found.unregistered) == [(3,), (3, 2)]

    def test_frozen_parameters_are_used_too_but_take_no_slot(self) -> None:
        model = k2().requires_grad_(requires_grad=False)
        (shared,) = sharing(model, torch.rand(2, 4)).shared
        assert (shared.uses_of("0.weight"), shared.uses_of("2.weight"), shared.optimizer_slots) == (1, 1, 0)

    def test_without_a_forward_pass_ties_are_known_and_uses_are_not(self) -> None:
        (weight, _) = sharing(shared_mlp(), note="no batch").shared
        assert weight.uses is None
        assert weight.uses_of("2.weight") is None
        assert sharing(shared_mlp(), note="no batch").note == "no batch"

    def test_a_pass_that_fails_is_a_note(self) -> None:
        found = sharing(k1(), torch.rand(2, 5))
        assert found.note == "the forward pass fails: mat1 and mat2 shapes cannot be multiplied (2x5 and 4x4)"
        assert [shared.uses for shared in found.shared] == [None, None]

    def test_a_model_that_cannot_be_copied_is_a_note(self) -> None:
        model = k1()
        model.lock = __import__("threading").Lock()
        assert sharing(model, torch.rand(2, 4)).note.startswith("this model cannot be copied")

    def test_the_answer_for_a_lazy_model_runs_on_a_copy_and_leaves_it_lazy(self) -> None:
        recipe = Recipe("lazy_mlp")
        model = replay(recipe)
        found = answer(GetUses(), Moments(recipe, model, model, ()))
        assert found.note == ""
        assert nn.parameter.is_lazy(model.get_parameter("0.weight"))
