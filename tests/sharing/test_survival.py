"""The survival matrix: what ours says, what torch does here and now, and what the reference found, three times alike.

The oracle carries out every operation itself, on a model built anew rather than copied, and asks `is` and the poke
probe what is left.
"""

import copy
import io
import pickle
from collections.abc import Callable

import pytest
import safetensors.torch
import torch
from torch import nn

from core.models.gpt import gpt
from core.models.shared_mlp import shared_mlp
from core.module.replica import replica
from core.module.tying import tied_groups
from core.module.walk import find_tensor, named_tensors
from core.questions.experiments import SurvivalRow
from core.sharing.survival import MOST_GROUPS, survival
from tests.kinds import k1, k2, k3, k4, k5, k6, k7, k10, k11, linear, poked
from tests.snapshots import snapshot

Act = Callable[[nn.Module], nn.Module]
KINDS: dict[str, Callable[[], nn.Module]] = {"K1": k1, "K2": k2, "K3": k3, "K4": k4, "K5": k5}


def through_file(value: object) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return file


def load_module(net: nn.Module) -> nn.Module:
    loaded: nn.Module = torch.load(through_file(net), weights_only=False)
    return loaded


def load_state(net: nn.Module) -> nn.Module:
    net.load_state_dict(torch.load(through_file(net.state_dict())))
    return net


def load_safetensors(net: nn.Module) -> nn.Module:
    net.load_state_dict(safetensors.torch.load(safetensors.torch.save(net.state_dict())))
    return net


def load_copy(net: nn.Module) -> nn.Module:
    net.load_state_dict({name: tensor.clone() for name, tensor in net.state_dict().items()})
    return net


def assign(net: nn.Module) -> nn.Module:
    net.load_state_dict({name: tensor.clone() for name, tensor in net.state_dict().items()}, assign=True)
    return net


def rebind(net: nn.Module) -> nn.Module:
    linear(net, "2").weight = nn.Parameter(torch.ones(4, 4))
    return net


def replace(net: nn.Module) -> nn.Module:
    net[2] = nn.Linear(4, 4)  # type: ignore[operator]  # a Sequential
    return net


#: Operation → how the oracle does it, and what the reference's table says for K1 to K5.
MATRIX: dict[str, tuple[Act, str]] = {
    "deep copy": (copy.deepcopy, "is is X X X"),
    "pickle": (lambda net: pickle.loads(pickle.dumps(net)), "is is X X X"),
    "save and load the state dict": (load_state, "is is st st st"),
    "save and load the module": (load_module, "is is st st st"),
    "safetensors": (load_safetensors, "crash crash crash crash crash"),
    "double": (nn.Module.double, "is is X X X"),
    "half": (nn.Module.half, "is is X X X"),
    "meta and back": (lambda net: net.to("meta").to_empty(device="cpu"), "is X X X X"),
    "load a state dict": (load_copy, "is is st st st"),
    "load a state dict, assign=True": (assign, "is X X X X"),
    "rebind one name": (rebind, "is X X X X"),
    "replace its module": (replace, "X X X X X"),
}
WORDS = {"is": "same object", "st": "storage only", "X": "lost", "crash": "crash"}
NAMES = ("0.weight", "2.weight")


def judged(net: nn.Module) -> str:
    """By `is` and by poking; memory that was never filled is filled first."""
    first, second = (find_tensor(net, name).tensor for name in NAMES)
    if first is second:
        return "is"
    with torch.no_grad():
        for entry in named_tensors(net):
            entry.tensor.zero_()
    return "st" if frozenset(NAMES) in poked(net) else "X"


def done(act: Act, net: nn.Module) -> str:
    try:
        changed = act(net)
    except RuntimeError:
        return "crash"
    return judged(changed)


def row_of(net: nn.Module) -> SurvivalRow:
    (row,) = [row for row in survival(net) if row.names == NAMES]
    return row


@pytest.mark.parametrize("operation", MATRIX)
def test_every_operation_leaves_what_it_leaves_in_torch_and_in_the_reference(operation: str) -> None:
    act, reference = MATRIX[operation]
    now = [done(act, build()) for build in KINDS.values()]
    ours = [
        next(cell.survived for cell in row_of(build()).cells if cell.operation == operation) for build in KINDS.values()
    ]
    assert now == reference.split()
    assert ours == [WORDS[word] for word in now]


def test_every_operation_of_ours_is_in_the_matrix_but_the_way_around_safetensors() -> None:
    shown = [cell.operation for cell in row_of(k1()).cells]
    assert [operation for operation in shown if operation not in MATRIX] == ["safetensors, first names only"]
    assert len(set(shown)) == len(shown)
    assert set(MATRIX) <= set(shown)


class TestRows:
    def test_stand_for_tied_groups_in_order_and_have_the_same_operations(self) -> None:
        rows = survival(shared_mlp())
        assert [(row.names, row.kind) for row in rows] == [(g.names, g.kind) for g in tied_groups(shared_mlp())]
        first, second = ([cell.operation for cell in row.cells] for row in rows)
        assert first == second

    @pytest.mark.parametrize("build", [k6, k7, nn.ReLU, k11], ids=["K6", "K7", "no tensors", "K11"])
    def test_there_are_none_where_nothing_is_tied(self, build: Callable[[], nn.Module]) -> None:
        assert survival(build()) == ()

    def test_a_buffer_on_the_root_is_judged_by_the_module_that_has_one_above(self) -> None:
        (row,) = survival(k10())
        cells = {cell.operation: cell for cell in row.cells}
        assert row.kind == "buffer alias"
        assert cells["replace its module"].code == "net[0] = copy.deepcopy(net[0])"
        assert cells["replace its module"].survived == "lost"
        assert cells["save and load the module"].survived == "storage only"

    def test_names_on_the_root_have_no_module_to_replace(self) -> None:
        model = nn.Module()
        model.first = model.second = nn.Parameter(torch.ones(3))
        (row,) = survival(model)
        (cell,) = [cell for cell in row.cells if cell.operation == "replace its module"]
        assert (cell.survived, cell.detail) == (
            "does not apply",
            "all names stand on the root, which no other module holds",
        )
        (cell,) = [cell for cell in row.cells if cell.operation == "rebind one name"]
        assert (cell.survived, cell.code) == ("lost", "net.second = nn.Parameter(net.second.clone())")

    def test_a_tie_of_three_says_which_two_are_left(self) -> None:
        model = nn.Sequential(*(nn.Linear(3, 3, bias=False) for _ in range(3)))
        for place in ("1", "2"):
            linear(model, place).weight = linear(model, "0").weight
        (row,) = survival(model)
        (cell,) = [cell for cell in row.cells if cell.operation == "rebind one name"]
        assert (cell.survived, cell.detail) == ("lost", "only 0.weight = 1.weight still share bytes")

    def test_a_class_that_cannot_be_pickled_is_a_crash_in_its_own_words(self) -> None:
        class Local(nn.Sequential):
            pass

        (row, _) = survival(Local(*k1()))  # type: ignore[misc]  # a Sequential
        cells = {cell.operation: cell for cell in row.cells}
        assert cells["pickle"].survived == cells["save and load the module"].survived == "crash"
        assert cells["pickle"].detail.startswith("AttributeError: Can't ")
        assert cells["deep copy"].survived == "same object"

    def test_a_model_of_many_groups_is_cut_short(self) -> None:
        block = nn.ModuleList(nn.Linear(1, 1) for _ in range(MOST_GROUPS))
        assert len(survival(nn.ModuleList([block, block]))) == MOST_GROUPS


class TestLeavesTheModelAlone:
    @pytest.mark.parametrize("build", [*KINDS.values(), k10, gpt, shared_mlp])
    def test_to_the_last_bit(self, build: Callable[[], nn.Module]) -> None:
        net = build()
        before = snapshot(net)
        survival(net)
        assert snapshot(net) == before
        assert torch.get_default_dtype() == torch.float32


class TestReplica:
    @pytest.mark.parametrize("build", [*KINDS.values(), k6, k7, k10, k11, gpt, shared_mlp])
    def test_shares_what_the_model_shares_and_nothing_with_it(self, build: Callable[[], nn.Module]) -> None:
        net = build()
        copied = replica(net)
        assert tied_groups(copied) == tied_groups(net)
        assert all(
            torch.equal(a, b) for a, b in zip(net.state_dict().values(), copied.state_dict().values(), strict=True)
        )
        for ours, theirs in zip(named_tensors(net), named_tensors(copied), strict=True):
            assert (ours.name, type(ours.tensor), ours.tensor.stride()) == (
                theirs.name,
                type(theirs.tensor),
                theirs.tensor.stride(),
            )
            assert ours.tensor.requires_grad == theirs.tensor.requires_grad
        both = nn.ModuleList([net, copied])
        assert all(len({name[0] for name in group.names}) == 1 for group in tied_groups(both))

    def test_keeps_an_expanded_parameter_expanded(self) -> None:
        assert find_tensor(replica(k11()), "rows").tensor.stride() == (0, 1)

    def test_says_why_a_model_cannot_be_copied(self) -> None:
        model = nn.Linear(2, 2)
        model.register_buffer("halfway", model.weight * 2)
        with pytest.raises(ValueError, match=r"cannot be copied, so nothing is tried on it: Only Tensors created"):
            replica(model)
