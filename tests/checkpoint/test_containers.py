"""A checkpoint as a net of plain containers: every name stays, what shares bytes in the file shares them in the net."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.checkpoint.containers import containers
from core.checkpoint.opening import open_checkpoint
from core.checkpoint.together import copied, read_together
from core.module.tying import tie, tied_groups, untie
from core.module.walk import find_tensor, named_tensors
from tests.checkpoint.files import saved

#: Names that a module refuses, hides behind an attribute of its own, or spells otherwise.
ODD = (
    *("weight", "a.weight", "a", "a.b", "training", "forward", "b.training.weight", "forward.weight", "0", "1.0.2"),
    *(
        ".leading",
        ".a.b",
        "trailing.",
        "two..dots",
        "...",
        "",
        "_parameters",
        "__dict__.w",
        "for.class",
        "ünï.名",
        "x y.z\n",
    ),
    *(".".join("d" * 200), "T_destination.weight", "type", "state_dict.bias"),
)


def named(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {entry.name: entry.tensor.detach() for entry in named_tensors(containers(tensors))}


@pytest.mark.parametrize("order", [ODD, ODD[::-1]])
def test_every_name_stays_as_it_is(order: tuple[str, ...]) -> None:
    tensors = {name: torch.full((2,), float(index)) for index, name in enumerate(order)}
    found = named(tensors)
    assert sorted(found) == sorted(order)
    assert all(torch.equal(found[name], tensors[name]) for name in order)
    net = containers(tensors)
    assert {name for name, _ in net.named_parameters()} == set(order)
    for name in order:
        assert torch.equal(find_tensor(net, name).tensor.detach(), tensors[name])


@pytest.mark.parametrize("name", ODD)
def test_a_tie_and_its_end_reach_the_one_tensor_that_is_meant(name: str) -> None:
    net = containers({each: torch.full((2,), float(index)) for index, each in enumerate((*ODD, "other"))})
    before = {entry.name: entry.tensor for entry in named_tensors(net)}
    tie(net, "other", name)
    assert find_tensor(net, name).tensor is before["other"]
    assert [set(group.names) for group in tied_groups(net)] == [{name, "other"}]
    assert len(named_tensors(net)) == len(before)
    untie(net, name)
    assert not tied_groups(net)
    assert torch.equal(find_tensor(net, name).tensor, before["other"])
    assert all(find_tensor(net, each).tensor is before[each] for each in before if each != name)


def test_numbers_with_fractions_are_parameters_and_others_buffers() -> None:
    kinds = {
        "half": torch.float16, "brain": torch.bfloat16, "eight": torch.float8_e4m3fn, "complex": torch.complex64,
        "int": torch.int64, "bool": torch.bool, "byte": torch.uint8,
    }  # fmt: skip
    net = containers({name: torch.zeros(3, dtype=dtype) for name, dtype in kinds.items()})
    assert [name for name, p in net.named_parameters() if p.requires_grad] == ["half", "brain", "eight", "complex"]
    assert [name for name, _ in net.named_buffers()] == ["int", "bool", "byte"]


def test_what_a_norm_of_torch_counts_with_is_no_parameter() -> None:
    norm = nn.Sequential(nn.BatchNorm1d(3), nn.InstanceNorm1d(3))
    net = containers({**norm.state_dict(), "1.running_mean": torch.zeros(3)})
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.running_mean"]
    assert [name for name, _ in net.named_buffers()] == ["0.running_mean", "0.running_var", "0.num_batches_tracked"]


class TestNamesOverTheSameBytes:
    def test_are_one_parameter_where_they_are_one_tensor(self, tmp_path: Path) -> None:
        net = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
        net[1].weight = net[0].weight
        opened = open_checkpoint(saved(tmp_path / "tied.pt", net.state_dict()))
        found = containers(read_together(opened))
        assert [(group.names, group.kind) for group in tied_groups(found)] == [
            (("0.weight", "1.weight"), "same parameter")
        ]
        assert sum(p.numel() for p in found.parameters()) == 15

    def test_keep_their_overlap_where_they_are_views(self, tmp_path: Path) -> None:
        base = torch.arange(24.0).reshape(4, 6)
        state = {
            "whole": base, "rows": base[1:3], "turned": base.t(), "step": base[:, ::2],
            "one": base[2, 2], "alone": base[:2].clone(),
        }  # fmt: skip
        path = saved(tmp_path / "views.pt", state)
        tensors = read_together(open_checkpoint(path))
        loaded = torch.load(path, weights_only=True)
        assert list(tensors) == list(loaded)
        assert all(
            torch.equal(tensors[name], loaded[name]) and tensors[name].dtype == loaded[name].dtype for name in loaded
        )
        shared = {name for name in tensors if name != "alone"}
        assert {tensors[name].untyped_storage().data_ptr() for name in shared} == {
            tensors["whole"].untyped_storage().data_ptr()
        }
        assert [set(group.names) for group in tied_groups(containers(tensors))] == [shared]

    def test_keep_the_marks_of_conjugates(self, tmp_path: Path) -> None:
        base = torch.randn(3, dtype=torch.complex64)
        path = saved(tmp_path / "conj.pt", {"z": base, "conj": base.conj()})
        tensors = read_together(open_checkpoint(path))
        loaded = torch.load(path, weights_only=True)
        assert all(torch.equal(tensors[name], loaded[name]) for name in loaded)
        assert tensors["conj"].is_conj()
        real = torch.randn(3)
        tensors = read_together(open_checkpoint(saved(tmp_path / "neg.pt", {"a": real, "neg": torch._neg_view(real)})))
        assert torch.equal(tensors["neg"], -real)
        assert tensors["neg"].untyped_storage().data_ptr() == tensors["a"].untyped_storage().data_ptr()


def test_copies_share_among_themselves_and_with_nobody_else(tmp_path: Path) -> None:
    base = torch.arange(24.0).reshape(4, 6)
    state = {
        "whole": base,
        "turned": base.t(),
        "step": base[:, ::2],
        "gaps": torch.arange(9.0)[::2],
        "a": torch.ones(3),
    }
    complex_one = torch.randn(3, dtype=torch.complex64)
    state |= {"z": complex_one, "conj": complex_one.conj(), "neg": torch._neg_view(base[0]), "none": torch.zeros(0, 2)}
    tensors = read_together(open_checkpoint(saved(tmp_path / "views.pt", state)))
    found = copied(tensors)
    kept = {name: tensor.clone() for name, tensor in tensors.items()}
    assert list(found) == list(state)
    for name, tensor in found.items():
        assert torch.equal(tensor, state[name])
        assert (tensor.stride(), tensor.is_conj()) == (tensors[name].stride(), tensors[name].is_conj())
    found["whole"][0, 0] = 99
    found["conj"][0] = 1
    reached = found["turned"][0, 0], found["step"][0, 0], found["neg"][0], found["z"][0]
    assert [each.item() for each in reached] == [99, 99, -99, 1]
    assert all(torch.equal(tensors[name], kept[name]) for name in kept)


def test_what_is_not_shared_is_read_as_it_is(tmp_path: Path) -> None:
    state = {"a": torch.randn(3, 4), "none": torch.zeros(0, 2), "one": torch.tensor(3)}
    save_file(state, tmp_path / "w.safetensors")
    tensors = read_together(open_checkpoint(tmp_path / "w.safetensors"))
    assert all(torch.equal(tensors[name], state[name]) for name in state)
    assert not tied_groups(containers(tensors))
