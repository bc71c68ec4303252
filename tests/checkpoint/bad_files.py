"""Every kind of bad file, by its number in the plan or by what is wrong with it: how it is made, and what is said."""

import io
import os
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tests.checkpoint.files import calling, entry, header, tensor_pickle, torch_zip, zipped

FOUR = torch.arange(4.0)
ZIPPED = {"0": FOUR.numpy().tobytes()}
Made = Callable[[Path], Any]


def torch_file(value: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def quietly(make: Callable[[], bytes]) -> bytes:
    """What is deprecated is still in people's files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


def quantized() -> torch.Tensor:
    return torch.quantize_per_tensor(FOUR, 1.0, 0, torch.qint8)


def optimizer() -> dict[str, Any]:
    return torch.optim.Adam(nn.Linear(2, 2).parameters()).state_dict()


def tensor_entry(**more: Any) -> bytes:
    """A header of one tensor of four bytes, with fields that are no good."""
    return header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} | more}, body=bytes(4))


ONE_BYTE = b'{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'


class Code:
    """Runs a command where it is loaded."""

    def __reduce__(self) -> Any:
        return os.system, ("touch pwned",)


def laughs() -> Any:
    value: Any = [0] * 10
    for _ in range(10):
        value = [value] * 10
    return value


def deep(levels: int) -> bytes:
    return b"\x80\x02" + b"](" * levels + b"e" * levels + b"."


def deep_by_appending(levels: int) -> bytes:
    return b"\x80\x02}X\x01\x00\x00\x00w" + b"]" * levels + b"a" * (levels - 1) + b"s."


def itself() -> Any:
    state: dict[str, Any] = {"w": FOUR}
    state["self"] = state
    return state


def jit() -> bytes:
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), buffer)
    return buffer.getvalue()


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("storages"), io.BytesIO())
    return buffer.getvalue()


def sparse(index: int = 0) -> torch.Tensor:
    indices = torch.tensor([[index], [index]])
    return torch.sparse_coo_tensor(indices, torch.ones(1), (4, 4), check_invariants=False)


def nested() -> torch.Tensor:
    return torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])


def big_endian() -> bytes:
    return torch_zip(tensor_pickle(), ZIPPED, byteorder=b"big")


def two_pickles() -> bytes:
    content = [
        ("archive/data.pkl", tensor_pickle()),
        ("archive/data.pkl", tensor_pickle()),
        ("archive/data/0", ZIPPED["0"]),
    ]
    return zipped(content)


def marked_as_folder() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", tensor_pickle())
        info = zipfile.ZipInfo("archive/data/0")
        info.external_attr = 0x10
        archive.writestr(info, ZIPPED["0"])
    return buffer.getvalue()


def lying_local_header() -> bytes:
    content = torch_zip(tensor_pickle(), ZIPPED)
    return content.replace(b"archive/data.pkl", b"archive/data.pkx", 1)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "43 empty": (lambda: b"", "is empty: it has 0 bytes"),
    "45 random bytes": (lambda: bytes(range(7, 250)), "is neither safetensors nor a zip"),
    "46 PNG": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "is a PNG picture"),
    "48 code in a pickle": (lambda: torch_zip(calling(os.system, "touch pwned")), "names 'posix.system'"),
    "48 code in a bare pickle": (lambda: calling(os.system, "touch pwned"), "is a bare pickle"),
    "48 code beside weights": (lambda: torch_file({"state_dict": {"w": FOUR}, "x": Code()}), "names 'posix.system'"),
    "49 legacy format": (lambda: torch_file({"w": FOUR}, _use_new_zipfile_serialization=False), "before version 1.6"),
    "49 tar": (tar, "is a tar archive"),
    "50 TorchScript": (jit, "is a TorchScript program"),
    "51 whole module": (lambda: torch_file(nn.Linear(2, 2)), "a whole module"),
    "52 zip bomb": (
        lambda: zipped([("archive/data.pkl", tensor_pickle()), ("archive/data/0", bytes(10**8))], zipfile.ZIP_DEFLATED),
        "is compressed or encrypted",
    ),
    "53 bytearray of 4 GB": (lambda: torch_zip(calling(bytearray, 2**32)), "names '__builtin__.bytearray'"),
    "54 stride 0": (lambda: torch_file({"w": torch.ones(1).expand(10**6, 10**6)}), "one element stands for many"),
    "55 billion laughs": (lambda: torch_file(laughs()), "holds a list"),
    "55 billion laughs under a name": (lambda: torch_file({"w": FOUR, "x": laughs()}), "holds a list under 'x'"),
    "56 holds itself": (lambda: torch_file(itself()), "holds a dictionary under 'self'"),
    "57 deep": (lambda: torch_zip(deep(100_000)), "nested deeper than"),
    "57 deep by appending": (lambda: torch_zip(deep_by_appending(100_000)), "holds a list under 'w'"),
    "57 deep tuples": (lambda: torch_zip(b"\x80\x02)" + b"\x85" * 100_000 + b"."), "holds a tuple"),
    "57 deep tuples for a key": (lambda: torch_zip(b"\x80\x02})" + b"\x85" * 100_000 + b"Ns."), "a tuple for a key"),
    "58 two data.pkl": (two_pickles, "has two entries"),
    "58 two headers that disagree": (lying_local_header, "describe differently"),
    "58 bytes marked as a folder": (marked_as_folder, "is marked as a folder"),
    "59 zip slip": (lambda: zipped([("archive/../../x", b"")]), "would lie outside"),
    "59 absolute": (lambda: zipped([("/etc/x", b"")]), "would lie outside"),
    "59 two folders": (
        lambda: zipped([("a/data.pkl", b""), ("b/data.pkl", b"")]),
        "where torch.save writes one folder",
    ),
    "60 missing storage": (lambda: torch_zip(tensor_pickle()), "lacks the entry 'data/0'"),
    "61 lying numel": (lambda: torch_zip(tensor_pickle(numel=400), ZIPPED), "1,600 bytes, and its entry has 16"),
    "61 shape beyond the storage": (lambda: torch_zip(tensor_pickle(size=(400,)), ZIPPED), "up to byte 1,600"),
    "61 negative offset": (lambda: torch_zip(tensor_pickle(first=-1), ZIPPED), "with '-1'"),
    "61 negative stride": (lambda: torch_zip(tensor_pickle(stride=(-1,)), ZIPPED), "with '-1'"),
    "61 negative size": (lambda: torch_zip(tensor_pickle(size=(-4,)), ZIPPED), "with '-4'"),
    "61 overflow": (lambda: torch_zip(tensor_pickle(size=(2**62, 2**62), stride=(1, 1)), ZIPPED), "which spans"),
    "61 beyond 64 bits": (lambda: torch_zip(tensor_pickle(first=2**70), ZIPPED), "where 0 to"),
    "61 a size of 80,000 bits": (lambda: torch_zip(tensor_pickle(size=(2**80_000,)), ZIPPED), "of 80,001 bits"),
    "61 a numel of 80,000 bits": (lambda: torch_zip(tensor_pickle(numel=2**80_000), ZIPPED), "of 80,001 bits"),
    "61 a decimal of 5,000 digits": (lambda: torch_zip(b"\x80\x02I" + b"9" * 5000 + b"\n."), "damaged"),
    "61 an offset of 1,000 bits": (lambda: torch_zip(tensor_pickle(first=2**1000), ZIPPED), "a number of 1,001 bits"),
    "61 fewer strides": (lambda: torch_zip(tensor_pickle(stride=()), ZIPPED), "1 sizes and 0 strides"),
    "62 sparse": (lambda: torch_file({"w": sparse()}), "a sparse tensor"),
    "62 sparse with a bad index": (lambda: torch_file({"w": sparse(10**9)}), "a sparse tensor"),
    "63 meta": (lambda: torch_file({"w": torch.empty(10**9, device="meta")}), "meta device"),
    "63 meta storage": (lambda: torch_zip(tensor_pickle(device="meta"), ZIPPED), "meta device"),
    "64 nested": (lambda: torch_file({"w": nested()}), "a nested tensor"),
    "65 qint8": (lambda: torch_file({"w": quantized()}), "quantized"),
    "68 2,000 axes": (lambda: torch_file({"w": torch.ones((1,) * 2000)}), "2,000 axes"),
    "69 nothing by 10^18": (lambda: torch_file({"w": torch.empty(0, 10**18)}), "which spans"),
    "75 optimizer": (
        lambda: torch_file(optimizer()),
        "an optimizer's state",
    ),
    "76 list of tensors": (lambda: torch_file([FOUR, FOUR]), "holds a list"),
    "76 one tensor": (lambda: torch_file(FOUR), "one tensor without a name"),
    "77 whole numbers for keys": (lambda: torch_file({0: FOUR}), "names a tensor by int '0'"),
    "77 tuples for keys": (lambda: torch_file({("a", "b"): FOUR}), "a tuple for a key"),
    "81 big-endian": (big_endian, "byte order"),
    "97 repeated views": (
        lambda: torch_file(dict.fromkeys("abcdefghi", torch.ones(10**5))),
        "more than 4 times",
    ),
    "102 long name": (lambda: torch_file({"w" * 100_000: FOUR}), "100,000 characters"),
    "103 half a character": (lambda: torch_file({"\ud800": FOUR}), "half a character"),
    "GGUF": (lambda: b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "is a GGUF file"),
    "HDF5": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(8), "is an HDF5 file"),
    "gzip": (lambda: b"\x1f\x8b" + bytes(30), "compressed by gzip"),
    "LFS pointer": (lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a pointer of Git LFS"),
    "a value of no kind": (lambda: torch_file({"w": FOUR, "n": 3}), "holds a number under 'n'"),
    "two dictionaries": (lambda: torch_file({"a": {"w": FOUR}, "b": {"w": FOUR}}), "holds 2 dictionaries of tensors"),
    "a key twice": (lambda: torch_zip(tensor_pickle().replace(b"s.", b"sX\x01\x00\x00\x00wNs."), ZIPPED), "'w' twice"),
    "a zip of something else": (lambda: zipped([("archive/readme.txt", b"")]), "without data.pkl"),
    "an empty zip": (lambda: zipped([]), "an empty zip"),
    "bytes before the zip": (lambda: b"PK\x03\x04" + torch_zip(tensor_pickle(), ZIPPED), "ends at"),
    "bytes after the zip": (lambda: torch_zip(tensor_pickle(), ZIPPED) + b"x", "cut short"),
    "a pickle of 17 MB": (lambda: torch_zip(b"\x80\x02" + b"N0" * 2**23 + b"N."), "has a pickle of 16,777,220 bytes"),
    "endless opcodes": (lambda: torch_zip(b"\x80\x02" + b"N" * 3_000_000 + b"."), "more than 2,000,000 opcodes"),
    "a huge memo": (lambda: torch_zip(b"\x80\x02Nr\xff\xff\xff\xff."), "holds nothing"),
    "a huge length": (lambda: torch_zip(b"\x80\x02\x8e" + b"\xff" * 8 + b"."), "damaged"),
    "a stack that is empty": (lambda: torch_zip(b"\x80\x02R."), "damaged"),
    "70 header of 2^63": (lambda: header({}, length=2**63), "9,223,372,036,854,775,808 bytes"),
    "71 overlap": (
        lambda: header({"a": entry("F32", [2], 0, 8), "b": entry("F32", [2], 4, 12)}, body=bytes(12)),
        "overlap: 'a' ends at",
    ),
    "72 gap": (
        lambda: header({"a": entry("F32", [1], 0, 4), "b": entry("F32", [1], 8, 12)}, body=bytes(12)),
        "leave a gap",
    ),
    "72 bytes at the end": (lambda: header({"a": entry("F32", [1], 0, 4)}, body=bytes(5)), "belong to no tensor"),
    "72 bytes at the beginning": (lambda: header({"a": entry("F32", [1], 4, 8)}, body=bytes(8)), "leave a gap"),
    "72 too few bytes": (lambda: header({"a": entry("F32", [2], 0, 8)}, body=bytes(4)), "is cut short"),
    "73 1,000,000 entries": (
        lambda: header({f"w{i}": entry("F32", [0], 0, 0) for i in range(1_000_000)}),
        "has a header of",
    ),
    "73 entries in few bytes": (lambda: header(b'{"a":[' + b"[]," * 10**6 + b"[]]}"), "brackets"),
    "74 a key twice": (
        lambda: header(b'{"a":%s,"a":%s}' % (ONE_BYTE, ONE_BYTE), body=b"x"),
        "stands twice",
    ),
    "74 an inner key twice": (
        lambda: header(b'{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', body=b"x"),
        "stands twice",
    ),
    "safetensors: shape lies": (lambda: header({"a": entry("F32", [3], 0, 8)}, body=bytes(8)), "need 12"),
    "safetensors: overflow": (lambda: header({"a": entry("F32", [2**62, 2**62], 0, 8)}, body=bytes(8)), "which spans"),
    "safetensors: negative": (lambda: header({"a": entry("F32", [-2], 0, 8)}, body=bytes(8)), "with '-2'"),
    "safetensors: not whole": (
        lambda: tensor_entry(shape=[1.0]),
        "no JSON as",
    ),
    "safetensors: true for 1": (
        lambda: tensor_entry(shape=[True]),
        "no row of whole numbers",
    ),
    "safetensors: unknown dtype": (lambda: header({"a": entry("F6_E2M3", [4], 0, 3)}, body=bytes(3)), "'F6_E2M3'"),
    "safetensors: dtype of no kind": (lambda: tensor_entry(dtype=["F32"]), "the dtype"),
    "safetensors: dtype that is deep": (
        lambda: header(b'{"a":{"dtype":' + b"[" * 900 + b"]" * 900 + b',"shape":[],"data_offsets":[0,0]}}'),
        "'bad weights.pt' ",
    ),
    "safetensors: odd F4": (lambda: header({"a": entry("F4", [3], 0, 2)}, body=bytes(2)), "four bits"),
    "safetensors: deep JSON": (lambda: header(b'{"a":' + b"[" * 150_000 + b"]" * 150_000 + b"}"), "no JSON as"),
    "safetensors: no UTF-8": (lambda: header(b'{"\xff":1}'), "no JSON as"),
    "safetensors: half a character": (lambda: header({"\ud800": entry("U8", [0], 0, 0)}), "half a character"),
    "safetensors: 5,000 axes": (lambda: header({"a": entry("U8", [1] * 5000, 0, 1)}, body=b"x"), "5,000 axes"),
    "safetensors: nothing by 10^18": (lambda: header({"a": entry("U8", [0, 10**18], 0, 0)}), "which spans"),
    "safetensors: offsets of 4,300 digits": (
        lambda: header(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[%s,%s]}}' % ((b"9" * 4300,) * 2)),
        "no begin and end",
    ),
    "safetensors: offsets turned": (lambda: header({"a": entry("U8", [1], 1, 0)}, body=b"x"), "no begin and end"),
    "safetensors: number of 5,000 digits": (lambda: header(b'{"a":' + b"9" * 5000 + b"}"), "no JSON as"),
    "safetensors: NaN": (lambda: header(b'{"a":NaN}'), "no JSON as"),
    "safetensors: metadata of numbers": (lambda: header({"__metadata__": {"epoch": 3}}), "__metadata__"),
    "safetensors: entry of no kind": (lambda: header({"a": 3}), "something else than dtype"),
}
