"""Opening a checkpoint: which file or folder it is, told by its first bytes, and what its names are."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR

from .dimensions import check_count
from .folder import Shards, checkpoint_of
from .records import Checkpoint, TensorRecord
from .refusing import SAVE_STATE, refusal, said
from .safetensors_file import LENGTH, safetensors_records
from .source_file import SourceFile, regular_file, status
from .state_in_pickle import is_lightning
from .torch_file import torch_records
from .unwrapping import joined, told_of, unwrapped
from .zip_directory import MAGIC

_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_RESAVE = "save it anew where you trust it: torch.save(torch.load(path, weights_only=True), path)"
#: What other files begin with, the longest beginning first; a pickle is none of the two that are read.
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (_LEGACY, "is in torch's format of before version 1.6, which can only be read by running its pickles", _RESAVE),
    (b"\x89PNG", "is a PNG picture, not a checkpoint", SAVE_STATE),
    (b"\x89HDF", "is an HDF5 file, as Keras writes it, not a checkpoint of torch", SAVE_STATE),
    (b"\x93NUMPY", "is a NumPy array without a name, not a checkpoint", SAVE_STATE),
    (b"GGUF", "is a GGUF file, not a checkpoint of torch", "give the safetensors file it was made of"),
    (b"\x1f\x8b", "is compressed by gzip, where a checkpoint is read as it lies", "unpack it"),
    (b"BZh", "is compressed by bzip2, where a checkpoint is read as it lies", "unpack it"),
    (b"\xfd7zXZ", "is compressed by xz, where a checkpoint is read as it lies", "unpack it"),
    (b"PK\x05\x06", "is an empty zip archive, not a checkpoint", SAVE_STATE),
    (b"version https://git-lfs", "is a pointer of Git LFS: the checkpoint itself was not downloaded", "git lfs pull"),
    (b"\x80", "is a bare pickle, which can only be read by running it", SAVE_STATE),
)
_TAR_AT, _TAR = 257, b"ustar"


def open_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """A checkpoint's tensors by qualified name, each a record with `shape`, `dtype`, `numel`, `shares` and `read()`.

    Nothing in the file is run, and no value is read before `read()`. The first bytes decide what it is: safetensors, or
    a zip of `torch.save` whatever its ending. A wrapping (`state_dict`, `model`, `module.`, `_orig_mod.`, Lightning's
    `model.`) is taken off, and `told` says so.

    Args:
        path: a file, or a folder with one checkpoint, in one file or in shards with a `*.index.json`.

    Raises:
        ValueError: it is not read; one sentence with the file's name, what it is against what holds, and the way out.

    Example:
        >>> import pathlib, tempfile, torch
        >>> from torch import nn
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "run.pt"
        >>> torch.save({"epoch": 3, "model": nn.Linear(4, 2).state_dict()}, path)
        >>> checkpoint = open_checkpoint(path)
        >>> {name: record.shape for name, record in checkpoint.items()}
        {'weight': (2, 4), 'bias': (2,)}
        >>> checkpoint.told
        "The weights lie under 'model', beside epoch."
        >>> checkpoint["bias"].read().dtype
        torch.float32
    """
    try:
        place = Path(path)
    except TypeError:
        raise ValueError(f"a {type(path).__name__} is no path of a checkpoint; give a text or a pathlib.Path") from None
    if S_ISDIR(status(place).st_mode):
        return _of_shards(place, checkpoint_of(place))
    return _checkpoint(place, [_of_file(place)])


@dataclass(frozen=True)
class _Part:
    """What one file holds, under its own names."""

    file: SourceFile
    kind: str
    records: list[TensorRecord]
    told: str = ""
    key: str = ""
    lightning: bool = False


def _checkpoint(path: Path, parts: Sequence[_Part]) -> Checkpoint:
    """One checkpoint of the parts, whose names are unwrapped together: a prefix is one where all names have it."""
    records = [record for part in parts for record in part.records]
    lightning = all(part.lightning for part in parts)
    names, taken = unwrapped([record.name for record in records], lightning=lightning)
    shorter = dict(zip((record.name for record in records), names, strict=True))
    found = {
        shorter[record.name]: replace(
            record, name=shorter[record.name], shares=tuple(shorter[name] for name in record.shares)
        )
        for record in records
    }
    told = joined(*dict.fromkeys(part.told for part in parts), told_of(taken))
    files, keys = tuple(part.file for part in parts), tuple(part.key for part in parts)
    return Checkpoint(path, parts[0].kind, told, found, files, keys, taken)


def _of_file(path: Path) -> _Part:
    """What one file holds, whatever its ending."""
    file = regular_file(path)
    head = file.part(0, min(file.size, _TAR_AT + len(_TAR)))
    if head.startswith(MAGIC):
        records, found = torch_records(file)
        return _Part(file, "torch", records, found.told, found.key, is_lightning(found))
    for magic, fact, way_out in _OTHERS:
        if head.startswith(magic) and not _may_be_safetensors(head):
            raise refusal(path, fact, way_out)
    if head[_TAR_AT:] == _TAR:
        raise refusal(path, "is a tar archive, the oldest format of torch", _RESAVE)
    if not _may_be_safetensors(head):
        fact = f"is neither safetensors nor a zip of torch.save: its {file.size:,} bytes begin with {said(head[:8])}"
        raise refusal(path, fact, SAVE_STATE)
    return _Part(file, "safetensors", safetensors_records(file))


def _may_be_safetensors(head: bytes) -> bool:
    """Whether a header could begin where safetensors has one."""
    return head[LENGTH : LENGTH + 1] == b"{"


def _of_shards(folder: Path, shards: Shards) -> Checkpoint:
    parts: list[_Part] = []
    first: dict[str, Path] = {}
    for path in shards.paths:
        parts.append(_of_file(path))
        held = [record.name for record in parts[-1].records]
        twice = next((name for name in held if name in first), None)
        if twice is not None:
            fact = f"holds {said(twice)}, which {said(first[twice].name)} holds too"
            raise refusal(path, fact, "delete the shard that is not of this model")
        first |= dict.fromkeys(held, path)
        check_count(folder, len(first))
        if shards.names is not None:
            _check_index(path, set(held), shards.names[path])
    return _checkpoint(folder, parts)


def _check_index(path: Path, held: set[str], promised: frozenset[str]) -> None:
    """Whether a shard holds what its index says, no more and no less."""
    for names, word in ((promised - held, "lacks"), (held - promised, "also holds")):
        if names:
            fact = f"{word} {said(min(names))}, which is not what its index says of it"
            raise refusal(path, fact, "download or save the whole folder again")
