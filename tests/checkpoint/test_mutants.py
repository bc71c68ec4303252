"""Files with bytes changed, cut, doubled and swapped: a ValueError or a right answer, in bounded time and memory."""

import random
import time
import warnings
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from core import open_checkpoint
from tests.checkpoint.files import replaced, saved, torch_zip, unzipped
from tests.checkpoint.measuring import cost
from tests.checkpoint.test_opening import raw

FEW, MANY = 150, 5_000
STARTS = ("zip", "pickle", "safetensors", "header")


def originals(folder: Path) -> dict[str, bytes]:
    """A file of each kind, with aliases, views, Parameters, a wrapping and several dtypes."""
    base = torch.arange(12.0).view(3, 4)
    state = {"w": base, "turned": base.t(), "column": base[:, 1], "p": nn.Parameter(torch.ones(2))}
    state |= {"half": torch.ones(3, dtype=torch.bfloat16), "f8": torch.ones(3).to(torch.float8_e4m3fn)}
    wrapped = saved(folder / "archive.pt", {"epoch": 3, "model": state}).read_bytes()
    plain = {"w": base, "n": torch.arange(3), "f8": torch.ones(3).to(torch.float8_e5m2), "none": torch.empty(0, 2)}
    content = save(plain, {"format": "pt"})
    return {"zip": wrapped, "pickle": wrapped, "safetensors": content, "header": content}


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Some bytes overwritten, a piece left out, doubled or moved, or a number made large."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at, length = chance.randrange(len(data)), chance.choice((1, 1, 2, 4, 8, 30))
        match chance.randrange(6):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at] ^= 1 << chance.randrange(8)
            case 2 if len(data) > length:
                del data[at : at + length]
            case 3:
                data[at:at] = data[chance.randrange(len(data)) :][:length]
            case 4:
                data[at : at + length] = b"\xff" * len(data[at : at + length])
            case _:
                data[at : at + 1] = str(chance.choice((0, -1, 10**6, 2**31, 2**63, 10**30))).encode()
        data = data or bytearray(b"x")
    return bytes(data)


def mutant(kind: str, path: Path, content: bytes, chance: random.Random) -> bytes:
    """A mutant of the whole file, or with a sound container of its pickle, or of its header."""
    if kind == "pickle":
        pickle = dict(unzipped(path))["archive/data.pkl"]
        return replaced(path, "data.pkl", mutated(pickle, chance))
    if kind == "header":
        length = int.from_bytes(content[:8], "little")
        header = mutated(content[8 : 8 + length], chance)
        return len(header).to_bytes(8, "little") + header + content[8 + length :]
    return mutated(content, chance)


def assert_bounded(path: Path, content: bytes) -> bool:
    """Whether it is read; then each tensor is what torch or safetensors load, where they load it."""
    path.write_bytes(content)
    began, refused = time.process_time(), None
    try:
        checkpoint = open_checkpoint(path)
        values = {name: record.read() for name, record in checkpoint.items()}
    except ValueError as error:
        refused = error
    assert time.process_time() - began < 5
    if refused is not None:
        assert type(refused) is ValueError
        assert str(refused).startswith(repr(path.name))
        return False
    loaded = _loaded(path, checkpoint.kind)
    if loaded is not None:
        expected = {name: tensor for name, tensor in loaded.items() if isinstance(tensor, torch.Tensor)}
        assert sorted(map(raw, values.values())) == sorted(map(raw, expected.values()))
    return True


def _loaded(path: Path, kind: str) -> dict[str, torch.Tensor] | None:
    """What the libraries give; None where they refuse what is read here, as a pickle with marks they do not know."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if kind == "safetensors":
                return load(path.read_bytes())
            top = torch.load(path, weights_only=True)
    except (SafetensorError, KeyError):
        raise AssertionError(f"safetensors refuses what was read: {path.read_bytes()!r}") from None
    except Exception:
        return None
    levels = [top, *(value for value in top.values() if isinstance(value, dict))]
    found: dict[str, torch.Tensor] = next(
        level for level in levels if any(isinstance(value, torch.Tensor) for value in level.values())
    )
    return found


def assert_mutants(folder: Path, kind: str, count: int, seed: int) -> None:
    content = originals(folder)[kind]
    chance = random.Random(seed)
    path = folder / "mutant.pt"
    with cost(seconds=count, megabytes=400):
        read = sum(assert_bounded(path, mutant(kind, folder / "archive.pt", content, chance)) for _ in range(count))
    assert 0 < read < count, "mutants that all read or all fail show nothing"


@pytest.mark.parametrize("kind", STARTS)
def test_some_mutants(kind: str, tmp_path: Path) -> None:
    assert_mutants(tmp_path, kind, FEW, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", STARTS)
def test_twenty_thousand_mutants(kind: str, tmp_path: Path) -> None:
    assert_mutants(tmp_path, kind, MANY, seed=1)


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\x10\0\0\0\0\0\0\0{", b"\x80\x02"]))
def test_bytes_of_any_kind(tmp_path_factory: pytest.TempPathFactory, content: bytes, start: bytes) -> None:
    assert_bounded(tmp_path_factory.getbasetemp() / "any.pt", start + content)


@given(st.binary(max_size=60))
def test_pickles_of_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    assert_bounded(tmp_path_factory.getbasetemp() / "any.pt", torch_zip(b"\x80\x02" + content))
