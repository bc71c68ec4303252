"""A folder with one checkpoint, or with the shards of one and an index that says which tensor lies in which."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dimensions import check_count
from .refusing import refusal, said
from .source_file import regular_file

_INDEX = ".index.json"
_LONGEST_INDEX = 8 * 2**20
_MOST_SHARDS = 1_000
_MOST_ENTRIES = 10_000
_TORCH = (".bin", ".pt", ".pth", ".ckpt")
#: What training writes beside a model into such folders, and what the model's own files are called.
_NOT_WEIGHTS = ("training_args.bin", "optimizer.", "scheduler.", "rng_state", "scaler.")
_USUAL = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Shards:
    """The files of one checkpoint, and the names each must hold; `names` is None for a single file."""

    paths: tuple[Path, ...]
    names: dict[Path, frozenset[str]] | None = None


def checkpoint_of(folder: Path) -> Shards:
    """The files of the one checkpoint in a folder: safetensors before pickles, an index before a single file.

    Raises:
        ValueError: there is none or more than one, or the index does not fit the folder.
    """
    found = _listed(folder)
    for endings in ((".safetensors",), _TORCH):
        indexes = [name for name in found if name.endswith(tuple(f"{ending}{_INDEX}" for ending in endings))]
        files = [name for name in found if name.endswith(endings) and not name.startswith(_NOT_WEIGHTS)]
        for candidates in (indexes, files):
            usual = [name for name in candidates if name.removesuffix(_INDEX) in _USUAL]
            if len(candidates) > 1 and len(usual) != 1:
                shown = ", ".join(said(name) for name in candidates[:3])
                fact = f"is a folder with {len(candidates):,} checkpoints ({shown}) and no index of one model"
                raise refusal(folder, fact, "give the one that is meant")
            if candidates:
                name = (usual or candidates)[0]
                return _indexed(folder, name) if name.endswith(_INDEX) else Shards((_inside(folder, name),))
    fact = f"is a folder without a checkpoint: of its {len(found):,} entries none is a .safetensors, .bin or .pt file"
    raise refusal(folder, fact, "give the folder that holds one, or the file itself")


def _listed(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry, _ in zip(entries, range(_MOST_ENTRIES + 1), strict=False)]
    except OSError as error:
        raise refusal(
            folder, f"is a folder that cannot be listed ({error.strerror})", "look at its permissions"
        ) from None
    if len(names) > _MOST_ENTRIES:
        raise refusal(folder, f"is a folder with more than {_MOST_ENTRIES:,} entries", "give the file itself")
    return sorted(names)


def _indexed(folder: Path, name: str) -> Shards:
    """The shards that an index names, as it maps tensors to files of its own folder."""
    path = _inside(folder, name)
    weights = _weight_map(path)
    check_count(path, len(weights))
    names: dict[Path, set[str]] = {}
    for tensor, shard in weights.items():
        if not isinstance(shard, str) or shard in ("", ".", "..") or {"/", "\\", "\0", ":"} & set(shard):
            fact = f"places {said(tensor)} in {said(shard)}, where only files of its own folder may stand"
            raise refusal(path, fact, "do not use this folder: its index points elsewhere")
        names.setdefault(folder / shard, set()).add(tensor)
    if len(names) > _MOST_SHARDS:
        raise refusal(path, f"names {len(names):,} shards, where at most {_MOST_SHARDS:,} are read", "merge some")
    shards = {_inside(folder, shard.name): frozenset(held) for shard, held in sorted(names.items())}
    return Shards(tuple(shards), shards)


def _weight_map(path: Path) -> dict[str, Any]:
    file = regular_file(path)
    if file.size > _LONGEST_INDEX:
        fact = f"is an index of {file.size:,} bytes, where at most {_LONGEST_INDEX:,} are read"
        raise refusal(path, fact, "give a shard itself")
    content = file.part(0, file.size)
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        fact = f"is an index of {file.size:,} bytes that is no JSON, or names a key twice"
        raise refusal(path, fact, "download or save it again") from None
    weights = found.get("weight_map") if isinstance(found, dict) else None
    if not isinstance(weights, dict) or not weights:
        fact = "is an index without a weight_map, which says where each tensor lies"
        raise refusal(path, fact, "download or save it again")
    return weights


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _inside(folder: Path, name: str) -> Path:
    """The file of that name, if it lies in the folder also where it is a link.

    The Hub's cache is meant: there `snapshots/REVISION/` holds links into `blobs/` beside `snapshots`.
    """
    path = folder / name
    try:
        home, target = folder.resolve(), path.resolve()
    except (OSError, RuntimeError) as error:
        raise refusal(path, f"is a link that leads nowhere ({error})", "copy the file itself") from None
    blobs = home.parent.parent / "blobs"
    cached = home.parent.name == "snapshots" and target.parent == blobs and not blobs.is_symlink()
    if target.parent != home and not cached:
        fact = f"is a link to {str(target)!r}, outside of its folder {str(home)!r}"
        raise refusal(path, fact, "copy the file itself into the folder")
    return path
