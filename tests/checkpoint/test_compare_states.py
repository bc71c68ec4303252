"""Comparing checkpoints, state dicts and modules in any mix, with their ties and wrappings."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from core import compare_states, open_checkpoint
from tests.checkpoint.files import saved
from tests.checkpoint.measuring import cost
from tests.checkpoint.test_compared_values import INF, only
from tests.checkpoint.test_size import sparse_shards


def test_files_state_dicts_and_modules_mix(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    tuned = copy.deepcopy(net)
    with torch.no_grad():
        tuned.get_parameter("0.weight")[0, 0] += 1
    save_file(tuned.state_dict(), tmp_path / "w.safetensors")
    others: list[Any] = [tuned, tuned.state_dict(), open_checkpoint(tmp_path / "w.safetensors")]
    others.append(open_checkpoint(saved(tmp_path / "w.pt", {"model": tuned.state_dict()})))
    first = compare_states(net, tuned)
    assert (first[0].name, first[0].state, first[0].changed) == ("0.weight", "changed", 1)
    assert {row.state for row in first[1:]} == {"unchanged"}
    assert [row.name for row in first[1:]] == [name for name in net.state_dict() if name != "0.weight"]
    for other in others:
        assert compare_states(net, other) == first
        assert compare_states(net.state_dict(), other) == first
        assert {row.state for row in compare_states(other, tuned)} == {"unchanged"}


def test_looking_changes_nothing(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Dropout())
    before, state = copy.deepcopy(net.state_dict()), torch.get_rng_state()
    compare_states(net, {name: value * 2 for name, value in net.state_dict().items()})
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert net.training
    assert all(parameter.grad is None and parameter.requires_grad for parameter in net.parameters())


def tied() -> nn.Module:
    net = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
    net[1].weight = net[0].weight
    return net


def test_tied_names_are_rows_each(tmp_path: Path) -> None:
    net, other = tied(), tied()
    rows = compare_states(net, open_checkpoint(saved(tmp_path / "w.pt", other.state_dict())))
    assert [(row.name, row.state, row.changed, row.through) for row in rows] == [
        ("0.weight", "changed", 15, ""),
        ("1.weight", "changed", 15, ""),
    ]


def test_a_tied_name_that_the_file_dropped_is_compared_through_the_other(tmp_path: Path) -> None:
    net = tied()
    save_file({"0.weight": net.get_parameter("0.weight").detach()}, tmp_path / "w.safetensors")
    checkpoint = open_checkpoint(tmp_path / "w.safetensors")
    for rows in (compare_states(net, checkpoint), compare_states(checkpoint, net)):
        assert [(row.name, row.state, row.through) for row in rows] == [
            ("0.weight", "unchanged", ""),
            ("1.weight", "unchanged", "0.weight"),
        ]


def test_a_name_that_is_merely_equal_to_another_is_missing() -> None:
    rows = compare_states({"a": torch.ones(2), "b": torch.ones(2)}, {"a": torch.ones(2)})
    assert [(row.name, row.state) for row in rows] == [("a", "unchanged"), ("b", "missing")]


def test_a_view_of_another_shape_stands_for_nothing() -> None:
    weight = torch.ones(2, 3)
    rows = compare_states({"a": weight, "b": weight.t()}, {"a": torch.ones(2, 3)})
    assert [(row.name, row.state) for row in rows] == [("a", "unchanged"), ("b", "missing")]


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model."])
def test_a_wrapped_model_meets_its_unwrapped_state(prefix: str) -> None:
    net = nn.Linear(2, 2)
    wrapped = {prefix + name: value for name, value in net.state_dict().items()}
    for one, other in ((net, wrapped), (wrapped, net)):
        assert [(row.name, row.state) for row in compare_states(one, other)] == [
            ("weight", "unchanged"),
            ("bias", "unchanged"),
        ]
    assert [row.name for row in compare_states(wrapped, wrapped)] == list(wrapped)


def test_a_compiled_module_meets_its_own_file(tmp_path: Path) -> None:
    net: Any = torch.compile(nn.Linear(2, 2), backend="eager")
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", net.state_dict()))
    assert [(row.name, row.state) for row in compare_states(net, checkpoint)] == [
        ("weight", "unchanged"),
        ("bias", "unchanged"),
    ]


def test_what_cannot_be_compared_is_said() -> None:
    net = nn.Linear(2, 2)
    for before, said in (
        (3, "before is a int"),
        (None, "before is a NoneType"),
        ("w.pt", "open a file with open_checkpoint"),
        ({0: torch.ones(2)}, "by int '0'"),
        (nn.Linear(2, 2, device="meta"), "'weight' is on the meta device"),
        (nn.LazyLinear(2), "'weight' is lazy"),
    ):
        with pytest.raises(ValueError, match=said):
            compare_states(before, net)  # type: ignore[arg-type]


def test_what_is_no_tensor_and_what_is_not_saved_is_left_out() -> None:
    net = nn.Linear(2, 2)
    net.register_buffer("cache", torch.ones(2), persistent=False)
    state = {**net.state_dict(), "_extra_state": {"scale": 1}}
    assert {row.name for row in compare_states(net, state)} == {"weight", "bias"}


def test_sparse_tensors_are_compared_by_their_values() -> None:
    dense = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
    assert only(dense.to_sparse(), dense).state == "unchanged"


def test_two_large_files_are_compared_in_little_memory(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        sparse_shards(folder, shards=2, tensors=1, rows=5_000, columns=10_000)
    with (folders[1] / "model-00000-of-00002.safetensors").open("r+b") as file:
        file.seek(-4, 2)
        file.write(b"\x00\x00\x80\x3f")
    with cost(seconds=120, megabytes=150):
        rows = compare_states(*map(open_checkpoint, folders))
    assert [(row.state, row.changed, row.relative) for row in rows] == [("changed", 1, INF), ("unchanged", 0, 0.0)]
