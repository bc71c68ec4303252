"""A checkpoint that memory does not hold is refused with the figures before a value of it is read."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from core.code.command_line import parse
from core.engine.fitting import too_large
from core.engine.memory import Memory

_MB = 2**20


def written(folder: Path, name: str, tensors: int) -> list[str]:
    save_file({f"w{index}": torch.zeros(_MB) for index in range(tensors)}, folder / name)
    return ["--checkpoint", str(folder / name)]


def test_what_two_moments_and_the_copies_of_one_tensor_fit_into_is_read(tmp_path: Path) -> None:
    files = parse([*written(tmp_path, "w.safetensors", 4), "--model", "net"])  # 4 tensors of 4 MB each
    assert not too_large(files)
    assert not too_large(files, bound=48 * _MB, here=Memory(64 * _MB, 0))
    (sentence,) = too_large(files, bound=48 * _MB - 1, here=Memory(64 * _MB, 0)).values()
    assert sentence == (
        "w.safetensors holds tensors of 0.0168 GB, which take 0.0671 GB to be shown before and after a step: a process "
        "may take 0.0503 GB for it, and 0.0671 GB are free here; give a shard of it, or a smaller file"
    )
    assert too_large(files, bound=48 * _MB, here=Memory(64 * _MB - 1, 0)).keys() == {files[0]}


def test_what_was_read_before_is_free_no_more(tmp_path: Path) -> None:
    files = parse([*written(tmp_path, "a.safetensors", 1), *written(tmp_path, "b.safetensors", 1)])
    assert not too_large(files, here=Memory(32 * _MB, 0))
    assert too_large(files, here=Memory(32 * _MB - 1, 0)).keys() == {files[1]}


def test_what_is_no_checkpoint_is_left_to_its_reader(tmp_path: Path) -> None:
    assert not too_large(parse(["--checkpoint", str(tmp_path / "gone.pt")]))
