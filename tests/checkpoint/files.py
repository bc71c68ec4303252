"""Files for the tests, good and bad, built byte by byte where no library would write them."""

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import torch


def saved(path: Path, value: Any, **options: Any) -> Path:
    """`value` as torch saves it."""
    torch.save(value, path, **options)
    return path


def header(entries: Any, *, body: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file of these entries, whether they fit its body or not."""
    content = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(content) if length is None else length) + content + body


def entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, Any]:
    """One tensor of a safetensors header."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def torch_zip(content: bytes, storages: dict[str, bytes] | None = None, **more: bytes) -> bytes:
    """A zip as torch.save lays it out, with this pickle and these storages."""
    files = {"data.pkl": content, "byteorder": b"little", "version": b"3\n"}
    files |= {f"data/{key}": value for key, value in (storages or {}).items()}
    files |= more
    return zipped([(f"archive/{name}", value) for name, value in files.items()])


def zipped(files: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive of these entries in their order, duplicates too."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, value in files:
            archive.writestr(name, value)
    return buffer.getvalue()


def unzipped(path: Path) -> list[tuple[str, bytes]]:
    """The entries of an archive, in their order."""
    with zipfile.ZipFile(path) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def replaced(path: Path, name: str, value: bytes | None) -> bytes:
    """An archive with the entry that ends in `name` replaced, or left out."""
    files = [(n, v if not n.endswith(name) else value) for n, v in unzipped(path)]
    return zipped([(n, v) for n, v in files if v is not None])


def calling(function: Any, *arguments: Any) -> bytes:
    """A pickle that calls something when it is loaded."""

    class Call:
        def __reduce__(self) -> Any:
            return function, arguments

    return pickle.dumps({"w": Call()}, protocol=2)


def tensor_pickle(
    *,
    storage: str = "FloatStorage",
    numel: int = 4,
    first: int = 0,
    size: tuple[int, ...] = (4,),
    stride: tuple[int, ...] = (1,),
    key: str = "0",
    name: bytes = b"X\x01\x00\x00\x00w",
    device: str = "cpu",
) -> bytes:
    """The pickle of {"w": tensor}, each number as it is asked for, true or not."""

    def text(value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    def number(value: int) -> bytes:
        raw = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
        return (b"\x8a" + bytes([len(raw)]) if len(raw) < 256 else b"\x8b" + struct.pack("<I", len(raw))) + raw

    def row(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(map(number, values)) + b"t"

    held = b"(" + text("storage") + b"ctorch\n" + storage.encode() + b"\n" + text(key) + text(device) + number(numel)
    arguments = b"(" + held + b"tQ" + number(first) + row(size) + row(stride) + b"\x89ccollections\nOrderedDict\n)Rt"
    return b"\x80\x02}" + name + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs."
