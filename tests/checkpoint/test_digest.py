"""A checkpoint's SHA-256: that of its file, and of shards one that no name of a file or of its folder changes."""

import hashlib
import shutil
from pathlib import Path

import pytest
import torch

from core.checkpoint.digest import digest
from core.checkpoint.opening import open_checkpoint
from tests.checkpoint.files import saved
from tests.checkpoint.test_folders import sharded


def test_of_a_file_is_what_any_tool_says(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pt", {"w": torch.randn(1000, 300)})
    assert digest(open_checkpoint(path)) == hashlib.sha256(path.read_bytes()).hexdigest()
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(path, folder / "b.pt")
    (folder / "config.json").write_text("{}")
    assert digest(open_checkpoint(folder)) == digest(open_checkpoint(path))


def test_of_shards_follows_their_bytes_and_not_their_names(tmp_path: Path) -> None:
    folder = sharded(tmp_path / "one")
    found = digest(open_checkpoint(folder))
    each = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.safetensors"))
    assert found == hashlib.sha256("".join(each).encode()).hexdigest()
    shutil.copytree(folder, tmp_path / "two")
    assert digest(open_checkpoint(tmp_path / "two")) == found
    for path in (tmp_path / "two").iterdir():
        path.rename(path.with_name(path.name.replace("model-", "weights-")))
    index = tmp_path / "two" / "model.safetensors.index.json"
    index.write_text(index.read_text().replace("model-", "weights-"))
    assert digest(open_checkpoint(tmp_path / "two")) == found


def test_of_a_file_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pt", {"w": torch.zeros(3)})
    opened = open_checkpoint(path)
    saved(path, {"w": torch.zeros(300)})
    with pytest.raises(ValueError, match=r"^'a\.pt' had .* bytes when it was opened"):
        digest(opened)
