"""What a large checkpoint costs: the tree and one tensor, whatever the rest weighs."""

import json
import struct
import time
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from core import open_checkpoint
from tests.checkpoint.files import saved
from tests.checkpoint.measuring import cost

GB = 10**9


def sparse_shards(folder: Path, *, shards: int, tensors: int, rows: int, columns: int) -> Path:
    """Shards of float32 zeros that take no place on the disk."""
    weights: dict[str, str] = {}
    for shard in range(shards):
        name, at, header = f"model-{shard:05}-of-{shards:05}.safetensors", 0, {}
        for index in range(tensors):
            end = at + rows * columns * 4
            header[f"layers.{shard}.{index}.weight"] = {
                "dtype": "F32",
                "shape": [rows, columns],
                "data_offsets": [at, end],
            }
            at = end
        content = json.dumps(header).encode()
        with (folder / name).open("wb") as file:
            file.write(struct.pack("<Q", len(content)) + content)
            file.truncate(8 + len(content) + at)
        weights |= dict.fromkeys(header, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))
    return folder


def test_ten_gigabytes_in_shards_cost_their_headers_and_the_tensor_that_is_read(tmp_path: Path) -> None:
    folder = sparse_shards(tmp_path, shards=5, tensors=50, rows=2500, columns=4096)
    assert sum(file.stat().st_size for file in folder.iterdir()) > 10 * GB
    with cost(seconds=30, megabytes=300):
        began = time.process_time()
        checkpoint = open_checkpoint(folder)
        opened = time.process_time() - began
        read = checkpoint["layers.4.49.weight"].read()
        assert time.process_time() - began - opened < 1
    assert opened < 1
    assert len(checkpoint) == 250
    assert read.shape == (2500, 4096)
    assert not read.any()


@pytest.mark.parametrize("kind", ["safetensors", "torch"])
def test_twenty_thousand_tensors(kind: str, tmp_path: Path) -> None:
    if kind == "torch":
        names = (f"encoder.layers.{index}.attention.weight" for index in range(20_000))
        saved(tmp_path / "w.pt", OrderedDict((name, torch.ones(1)) for name in names))
    else:
        sparse_shards(tmp_path, shards=1, tensors=20_000, rows=10, columns=10)
    with cost(seconds=60, megabytes=300):
        began = time.process_time()
        assert len(open_checkpoint(tmp_path)) == 20_000
    assert time.process_time() - began < 4


def test_many_overlapping_views_are_grouped_in_bounded_time(tmp_path: Path) -> None:
    base = torch.arange(100_000.0).view(1000, 100)
    state = {f"w{index}": base[index % 900 : index % 900 + 9, ::10] for index in range(3000)}
    path = saved(tmp_path / "w.pt", state)
    with cost(seconds=30, megabytes=300):
        checkpoint = open_checkpoint(path)
    assert len(checkpoint["w0"].shares) == 2999
