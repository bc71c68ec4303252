"""What a training wrote around the weights is found and told; the names are those of the model."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core import open_checkpoint
from tests.checkpoint.files import saved


def state(prefix: str = "") -> dict[str, Tensor]:
    return {
        prefix + name: value for name, value in nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)).state_dict().items()
    }


NAMES = list(state())


@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict", "net", "anything"])
def test_a_state_dict_one_level_down_is_found(key: str, tmp_path: Path) -> None:
    training = {
        "epoch": 3,
        "loss": 0.5,
        key: state(),
        "optimizer": {"state": {0: {"step": torch.ones(())}}},
        "seed": None,
    }
    checkpoint = open_checkpoint(saved(tmp_path / "w.ckpt", training))
    assert list(checkpoint) == NAMES
    assert checkpoint.told == f"The weights lie under '{key}', beside epoch, loss, optimizer, seed."


def test_a_loss_beside_the_weights_is_no_weight(tmp_path: Path) -> None:
    training = {"epoch": 3, "model_state_dict": state(), "loss": torch.tensor(0.5), "rng_state": torch.get_rng_state()}
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", training))
    assert list(checkpoint) == NAMES
    assert checkpoint.told == "The weights lie under 'model_state_dict', beside epoch, loss, rng_state."


def test_an_empty_state_is_found_too(tmp_path: Path) -> None:
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", {"state_dict": {}, "epoch": 1}))
    assert (len(checkpoint), checkpoint.told) == (0, "The weights lie under 'state_dict', beside epoch.")


@pytest.mark.parametrize("key", [0, None, 1.5, True])
def test_a_state_under_what_is_no_text_is_not_taken(key: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds a dictionary under"):
        open_checkpoint(saved(tmp_path / "w.pt", {key: state()}))


def test_a_state_under_an_empty_text_is_found(tmp_path: Path) -> None:
    assert list(open_checkpoint(saved(tmp_path / "w.pt", {"": state()}))) == NAMES


def test_the_usual_wrapping_is_meant_where_there_are_two(tmp_path: Path) -> None:
    both = {"ema": state("x"), "model": state()}
    assert list(open_checkpoint(saved(tmp_path / "w.pt", both))) == NAMES


def test_a_trainings_checkpoint_with_a_real_optimizer(tmp_path: Path) -> None:
    net = nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(net.parameters())
    net(torch.ones(2)).sum().backward()
    optimizer.step()
    training: dict[str, Any] = {"model_state_dict": net.state_dict(), "optimizer_state_dict": optimizer.state_dict()}
    training["scheduler"] = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5]).state_dict()
    training |= {"device": torch.device("cpu"), "shape": torch.Size([2]), "dtype": torch.float32, "hash": b"\x01"}
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", training))
    assert list(checkpoint) == ["weight", "bias"]
    assert torch.equal(checkpoint["weight"].read(), net.weight)


@pytest.mark.parametrize(
    ("prefix", "told"),
    [
        ("module.", "module. (DataParallel or DistributedDataParallel)"),
        ("_orig_mod.", "_orig_mod. (torch.compile)"),
        ("module._orig_mod.", "_orig_mod. (torch.compile), module. (DataParallel or DistributedDataParallel)"),
        ("_orig_mod.module.", "_orig_mod. (torch.compile), module. (DataParallel or DistributedDataParallel)"),
    ],
)
def test_prefixes_of_wrappers_go(prefix: str, told: str, tmp_path: Path) -> None:
    save_file(state(prefix), tmp_path / "w.safetensors")
    for path in (saved(tmp_path / "w.pt", state(prefix)), tmp_path / "w.safetensors"):
        checkpoint = open_checkpoint(path)
        assert set(checkpoint) == set(NAMES)
        assert all(record.name == name for name, record in checkpoint.items())
        assert checkpoint.told == f"Taken from the names: {told}."


def test_lightnings_prefix_goes_and_both_steps_are_told(tmp_path: Path) -> None:
    lightning = {"epoch": 1, "pytorch-lightning_version": "2.5", "state_dict": state("model."), "loops": {}}
    checkpoint = open_checkpoint(saved(tmp_path / "last.ckpt", lightning))
    assert list(checkpoint) == NAMES
    assert checkpoint.told.endswith("Taken from the names: model. (Lightning).")


def test_a_part_compiled_inside_loses_only_that_segment(tmp_path: Path) -> None:
    inner = {"encoder._orig_mod.weight": torch.ones(2), "head.weight": torch.ones(1)}
    assert list(open_checkpoint(saved(tmp_path / "w.pt", inner))) == ["encoder.weight", "head.weight"]


@pytest.mark.parametrize(
    "names",
    [
        ["module.weight", "head.weight"],
        ["model.embed.weight", "model.norm.weight"],
        ["a._orig_mod.w", "a.w"],
        ["modules.w"],
        ["_orig_mod"],
    ],
    ids=str,
)
def test_what_only_looks_like_a_wrapper_stays(names: list[str], tmp_path: Path) -> None:
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", {name: torch.ones(1) for name in names}))
    assert (list(checkpoint), checkpoint.told) == (names, "")


def test_extra_state_is_left_aside_and_told(tmp_path: Path) -> None:
    held: dict[str, Any] = OrderedDict(weight=torch.ones(2))
    held["act._extra_state"] = {"scale": 3}
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", held))
    assert (list(checkpoint), checkpoint.told) == (["weight"], "Left aside: act._extra_state, no tensors.")


def test_ties_are_told_by_unwrapped_names(tmp_path: Path) -> None:
    weight = torch.ones(2)
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", {"model": {"module.a": weight, "module.b": weight}}))
    assert checkpoint["a"].shares == ("b",)
