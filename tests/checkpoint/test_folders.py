"""A folder of shards is one checkpoint, and nothing outside of it is read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from core import open_checkpoint
from tests.checkpoint.files import saved

STATE = {f"layers.{index}.weight": torch.full((2, 3), float(index)) for index in range(4)}
NAMES = list(STATE)


def sharded(folder: Path, ending: str = "safetensors", *, index: dict[str, Any] | None = None) -> Path:
    """Two shards and an index, as the Hub has them; `index` adds to its weight_map."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = "model" if ending == "safetensors" else "pytorch_model"
    weights: dict[str, Any] = {}
    for number, names in enumerate((NAMES[:2], NAMES[2:]), start=1):
        name = f"{stem}-0000{number}-of-00002.{ending}"
        write(folder / name, {key: STATE[key] for key in names})
        weights |= dict.fromkeys(names, name)
    told = {"metadata": {"total_size": 96}, "weight_map": weights | (index or {})}
    (folder / f"{stem}.{ending}.index.json").write_text(json.dumps(told))
    return folder


def write(path: Path, state: dict[str, Tensor]) -> None:
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        saved(path, state)


@pytest.mark.parametrize("ending", ["safetensors", "bin"])
def test_shards_are_one_checkpoint(ending: str, tmp_path: Path) -> None:
    folder = sharded(tmp_path / "model", ending)
    (folder / "config.json").write_text("{}")
    checkpoint = open_checkpoint(folder)
    assert set(checkpoint) == set(STATE)
    assert all(torch.equal(checkpoint[name].read(), value) for name, value in STATE.items())


def test_the_cache_of_the_hub_is_links_into_its_own_blobs(tmp_path: Path) -> None:
    real = sharded(tmp_path / "real")
    snapshot = tmp_path / "models--a--b" / "snapshots" / "0123"
    blobs = tmp_path / "models--a--b" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for number, file in enumerate(sorted(real.iterdir())):
        (blobs / str(number)).write_bytes(file.read_bytes())
        (snapshot / file.name).symlink_to(Path("..", "..", "blobs", str(number)))
    assert set(open_checkpoint(snapshot)) == set(STATE)


def test_a_shard_with_a_name_that_its_index_does_not_know(tmp_path: Path) -> None:
    folder, second = sharded(tmp_path / "model"), "model-00002-of-00002.safetensors"
    write(folder / second, {name: STATE[name] for name in NAMES[2:]} | {"unknown": torch.ones(1)})
    with pytest.raises(ValueError, match=re.escape(f"'{second}' also holds 'unknown'")):
        open_checkpoint(folder)


@pytest.mark.parametrize(("second", "names"), [("module.b", ["a", "b"]), ("head.b", ["module.a", "head.b"])])
def test_a_prefix_goes_where_all_shards_have_it(second: str, names: list[str], tmp_path: Path) -> None:
    for number, name in enumerate(("module.a", second)):
        write(tmp_path / f"{number}.safetensors", {name: torch.ones(1)})
    weights = {"module.a": "0.safetensors", second: "1.safetensors"}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))
    assert list(open_checkpoint(tmp_path)) == names


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "last.ckpt", "epoch=3.pt", "resnet.pth"])
def test_a_folder_with_one_checkpoint_is_that(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, STATE)
    for beside in ("training_args.bin", "optimizer.pt", "rng_state.pth", "config.json"):
        (tmp_path / beside).write_bytes(b"x")
    assert set(open_checkpoint(tmp_path)) == set(STATE)


def test_safetensors_come_before_the_pickle_of_the_same_model(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", STATE)
    write(tmp_path / "pytorch_model.bin", {})
    assert open_checkpoint(tmp_path).kind == "safetensors"


@pytest.mark.parametrize(
    "target", ["../outside.safetensors", "/etc/passwd", "..", ".", "", "a/b", "a\\b", 3, None, "x\0"]
)
def test_an_index_that_points_elsewhere_is_refused(target: object, tmp_path: Path) -> None:
    write(tmp_path / "outside.safetensors", {"secret": torch.ones(1)})
    folder = sharded(tmp_path / "model", index={"secret": target})
    with pytest.raises(ValueError, match="where only files of its own folder may stand"):
        open_checkpoint(folder)


@pytest.mark.parametrize("what", ["shard", "index", "only file"])
def test_a_link_out_of_the_folder_is_refused(what: str, tmp_path: Path) -> None:
    folder = sharded(tmp_path / "model")
    if what == "only file":
        for file in folder.iterdir():
            file.unlink()
        write(tmp_path / "w.safetensors", STATE)
        (folder / "w.safetensors").symlink_to(tmp_path / "w.safetensors")
    else:
        name = "model-00002-of-00002.safetensors" if what == "shard" else "model.safetensors.index.json"
        (folder / name).rename(tmp_path / "elsewhere")
        (folder / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="outside of its folder"):
        open_checkpoint(folder)


def test_shards_that_contradict_each_other_or_their_index(tmp_path: Path) -> None:
    folder, second = sharded(tmp_path / "model"), "model-00002-of-00002.safetensors"
    write(folder / second, {name: STATE[name] for name in NAMES[1:]})
    with pytest.raises(ValueError, match=re.escape(f"'{second}' holds 'layers.1.weight', which 'model-00001")):
        open_checkpoint(folder)
    write(folder / second, {NAMES[2]: STATE[NAMES[2]]})
    with pytest.raises(ValueError, match=re.escape(f"'{second}' lacks 'layers.3.weight'")):
        open_checkpoint(folder)
    (folder / second).unlink()
    with pytest.raises(ValueError, match=re.escape(f"'{second}' is not there")):
        open_checkpoint(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"[]", "without a weight_map"),
        (b"{}", "without a weight_map"),
        (b'{"weight_map": {}}', "without a weight_map"),
        (b'{"weight_map": {"a": "b", "a": "c"}}', "names a key twice"),
        (b"[" * 100_000, "no JSON"),
        (b'"\xff"', "no JSON"),
        (b" " * (9 * 2**20), "where at most"),
    ],
)
def test_a_bad_index_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    folder = sharded(tmp_path / "model")
    (folder / "model.safetensors.index.json").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        open_checkpoint(folder)


def test_two_checkpoints_in_one_folder_are_not_chosen_between(tmp_path: Path) -> None:
    write(tmp_path / "a.pt", STATE)
    write(tmp_path / "b.pt", STATE)
    with pytest.raises(ValueError, match=r"2 checkpoints \('a\.pt', 'b\.pt'\)"):
        open_checkpoint(tmp_path)
