"""What a checkpoint gives is what torch and safetensors load, bit for bit, and what is said of it before is true."""

import dataclasses
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from core import open_checkpoint
from core.checkpoint.records import laid, row_major
from core.module.overlap import overlap
from tests.checkpoint.files import saved, tensor_pickle, torch_zip

NUMBERS = [
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128, torch.complex32),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.uint16, torch.uint32),
    *(torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz),
    *(torch.float8_e8m0fnu, torch.float4_e2m1fn_x2),
]
#: What safetensors has no word for.
ONLY_TORCH = (torch.complex128, torch.complex32)


def of_bytes(dtype: torch.dtype, shape: tuple[int, ...], seed: int = 0) -> Tensor:
    """A tensor of any bits, of truth values 0 and 1."""
    count = torch.Size(shape).numel() * dtype.itemsize
    raw = torch.randint(0, 2 if dtype == torch.bool else 256, (count,), dtype=torch.uint8, generator=seeded(seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # half-precision complex numbers are experimental
        return laid(raw, dtype, shape, row_major(shape))


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def raw(tensor: Tensor) -> bytes:
    """The bytes of its elements in row-major order."""
    flat = tensor.detach().resolve_conj().resolve_neg().contiguous()
    storage = torch.empty(0, dtype=torch.uint8).set_(flat.untyped_storage())
    first = flat.storage_offset() * flat.itemsize
    return storage[first : first + flat.numel() * flat.itemsize].numpy().tobytes()


def assert_same(record: Any, loaded: Tensor) -> None:
    read = record.read()
    assert (record.shape, record.dtype, record.numel) == (tuple(loaded.shape), loaded.dtype, loaded.numel())
    assert (read.shape, read.dtype) == (loaded.shape, loaded.dtype)
    assert raw(read) == raw(loaded)


@pytest.mark.filterwarnings("ignore:ComplexHalf")
@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize("shape", [(), (4,), (3, 4), (0,), (2, 0, 4), (2, 1, 2, 1, 2, 1, 2, 2)], ids=str)
def test_every_dtype_of_torch_comes_as_torch_loads_it(
    dtype: torch.dtype, shape: tuple[int, ...], tmp_path: Path
) -> None:
    path = saved(tmp_path / "w.pt", {"w": of_bytes(dtype, shape)})
    assert_same(open_checkpoint(path)["w"], torch.load(path, weights_only=True)["w"])


@pytest.mark.parametrize("dtype", [dtype for dtype in NUMBERS if dtype not in ONLY_TORCH], ids=str)
def test_every_dtype_of_safetensors_comes_as_it_loads_it(dtype: torch.dtype, tmp_path: Path) -> None:
    state = {"b": of_bytes(dtype, (3, 4)), "a": of_bytes(torch.uint8, (3,)), "none": of_bytes(dtype, (0, 4))}
    save_file(state, tmp_path / "w.safetensors", {"format": "pt"})
    checkpoint = open_checkpoint(tmp_path / "w.safetensors")
    assert checkpoint.kind == "safetensors"
    assert checkpoint.keys() == state.keys()
    with safe_open(tmp_path / "w.safetensors", "pt") as loaded:
        for name, record in checkpoint.items():
            assert_same(record, loaded.get_tensor(name))
            assert record.shares == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([torch.float32, torch.int16, torch.bfloat16]),
            st.lists(st.integers(0, 4), max_size=4).map(tuple),
            st.permutations(range(4)),
            st.integers(1, 3),
        ),
        max_size=6,
    )
)
def test_shapes_and_strides_survive(tmp_path_factory: pytest.TempPathFactory, drawn: list[Any]) -> None:
    state = {}
    for index, (dtype, shape, order, step) in enumerate(drawn):
        whole = of_bytes(dtype, shape, index)
        turned = whole.permute([axis for axis in order if axis < whole.dim()])
        state[f"layer.{index}"] = turned[::step] if turned.dim() else turned
    path = saved(tmp_path_factory.mktemp("saved") / "w.bin", state)
    loaded = torch.load(path, weights_only=True)
    checkpoint = open_checkpoint(path)
    assert list(checkpoint) == list(loaded)
    for name, record in checkpoint.items():
        assert_same(record, loaded[name])
        assert record.read().stride() == loaded[name].stride()


@given(st.data())
def test_names_share_where_bytes_do(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """The oracle is the memory of what torch loads; connected through others counts."""
    base = torch.arange(24.0)
    views = st.one_of(
        st.tuples(st.integers(0, 20), st.integers(1, 4), st.integers(1, 5)).map(lambda v: base[v[0] :: v[2]][: v[1]]),
        st.sampled_from([base, base.view(4, 6).t(), base.view(4, 6)[:, 2:4], base.clone(), base[:0]]),
    )
    state = {f"w{i}": view for i, view in enumerate(data.draw(st.lists(views, max_size=6)))}
    path = saved(tmp_path_factory.mktemp("saved") / "w.pt", state)
    loaded = torch.load(path, weights_only=True)
    groups = [{name} for name in loaded]
    for one in loaded:
        for other in loaded:
            if one < other and overlap(loaded[one], loaded[other]):
                joined = [group for group in groups if {one, other} & group]
                groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    shares = {name: {name, *record.shares} for name, record in open_checkpoint(path).items()}
    assert all(shares[name] == group for group in groups for name in group)


def test_tied_names_are_told_and_merely_equal_ones_are_not(tmp_path: Path) -> None:
    layer = nn.Linear(3, 3)
    state = nn.Sequential(layer, nn.ReLU(), layer, nn.Linear(3, 3)).state_dict() | {
        "copy": layer.weight.detach().clone()
    }
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", state))
    assert checkpoint["0.weight"].shares == ("2.weight",)
    assert checkpoint["2.bias"].shares == ("0.bias",)
    assert checkpoint["3.weight"].shares == checkpoint["copy"].shares == ()


def test_interleaving_views_do_not_share(tmp_path: Path) -> None:
    base = torch.arange(12.0)
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", {"even": base[::2], "odd": base[1::2], "few": base[:3]}))
    assert checkpoint["even"].shares == ("odd", "few")
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", {"even": base[::2], "odd": base[1::2]}))
    assert checkpoint["even"].shares == checkpoint["odd"].shares == ()


def test_conjugate_and_negative_views_are_read_as_they_are_seen(tmp_path: Path) -> None:
    value = torch.randn(3, dtype=torch.complex64)
    path = saved(tmp_path / "w.pt", {"conjugate": value.conj(), "imaginary": value.clone().conj().imag})
    loaded = torch.load(path, weights_only=True)
    for name, record in open_checkpoint(path).items():
        assert_same(record, loaded[name])


def test_parameters_and_their_attributes_are_tensors(tmp_path: Path) -> None:
    net = nn.Linear(2, 3)
    net.weight.purpose = "attention"  # type: ignore[attr-defined]
    tensor = torch.ones(2)
    tensor.note = 3  # type: ignore[attr-defined]
    path = saved(tmp_path / "w.pt", OrderedDict(weight=net.weight, bias=net.bias, tensor=tensor))
    checkpoint = open_checkpoint(path)
    for name, expected in (("weight", net.weight), ("bias", net.bias), ("tensor", tensor)):
        assert raw(checkpoint[name].read()) == raw(expected)
        assert not checkpoint[name].read().requires_grad


def test_a_record_is_frozen_and_a_tensor_is_the_readers_own(tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pt", {"w": torch.zeros(3)})
    content = path.read_bytes()
    record = open_checkpoint(path)["w"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.shape = (4,)  # type: ignore[misc]
    record.read().fill_(1)
    assert record.read().tolist() == [0, 0, 0]
    assert path.read_bytes() == content
    assert record.part(1, 3).tolist() == [0, 0]


def test_the_first_bytes_decide_and_not_the_ending(tmp_path: Path) -> None:
    assert open_checkpoint(saved(tmp_path / "w.safetensors", {"w": torch.ones(2)})).kind == "torch"
    save_file({"w": torch.ones(2)}, tmp_path / "w.ckpt")
    assert open_checkpoint(str(tmp_path / "w.ckpt")).kind == "safetensors"


@pytest.mark.parametrize(
    "name", ["<script>", "a/b", "../x", "=cmd()", "w\0", "a\nb", "\u202ew", "WEIGHT", "é", "", "w" * 512]
)
def test_a_name_is_taken_as_it_is(name: str, tmp_path: Path) -> None:
    assert list(open_checkpoint(saved(tmp_path / "w.pt", {name: torch.ones(2), "weight": torch.ones(1)}))) == [
        name,
        "weight",
    ]


def test_pickles_of_other_protocols_are_read(tmp_path: Path) -> None:
    for protocol in (2, 3, 4, 5):
        path = saved(tmp_path / "w.pt", {"w": torch.arange(3.0)}, pickle_protocol=protocol)
        assert open_checkpoint(path)["w"].read().tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("size", "stride"), [((1,), (2**62,)), ((0,), (2**62,)), ((4, 1), (1, 2**62)), ((0, 3), (0, 0))]
)
def test_an_axis_over_which_nothing_steps_may_have_any_stride(
    size: tuple[int, ...], stride: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "w.pt"
    path.write_bytes(torch_zip(tensor_pickle(size=size, stride=stride), {"0": torch.arange(4.0).numpy().tobytes()}))
    assert open_checkpoint(path)["w"].read().flatten().tolist() == list(range(torch.Size(size).numel()))


def test_such_strides_among_views_with_gaps(tmp_path: Path) -> None:
    base = torch.arange(12.0)
    one = base[::3].as_strided((4, 1), (3, 2**61))
    checkpoint = open_checkpoint(saved(tmp_path / "w.pt", {"a": one, "b": base[:3], "c": base[1::3]}))
    assert checkpoint["a"].shares == ("b", "c")
    assert checkpoint["a"].read().flatten().tolist() == [0, 3, 6, 9]
