"""Every kind of tensor can be looked at, and looking changes nothing."""

import math
import pickle
import warnings

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.tensor import readable
from core.tensor.readable import viewable
from core.tensor.stats import card_statistics, heatmap, summary

WIDENED = (torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz)
KEPT = (torch.float32, torch.float64, torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64)


def numbers() -> Tensor:
    return torch.tensor([[1.0, 2.0, 0.0], [4.0, 6.0, 8.0]])


@pytest.mark.parametrize("dtype", [*WIDENED, *KEPT, torch.uint16, torch.uint32, torch.uint64], ids=str)
def test_every_real_dtype_has_statistics(dtype: torch.dtype) -> None:
    values, note = viewable(numbers().to(dtype))
    assert values is not None
    assert note == ""
    assert values.dtype == (torch.float32 if dtype in WIDENED else dtype)
    found, counted, picture = card_statistics(numbers().to(dtype))
    assert (found.numel, found.mean, found.max, found.zeros) == (6, 3.5, 8.0, 1)
    assert found.std == pytest.approx(numbers().std().item(), rel=1e-6)
    assert counted.counts[0].sum() == 6
    assert picture.mean.tolist() == numbers().tolist()


def test_booleans_are_zeros_and_ones() -> None:
    found = summary(torch.tensor([True, True, False, True]))
    assert (found.mean, found.zeros, found.max) == (0.75, 1, 1.0)


def test_complex_numbers_are_shown_by_their_magnitude() -> None:
    for dtype in (torch.complex64, torch.complex128):
        w = torch.tensor([3 + 4j, 0, -1j], dtype=dtype)
        assert viewable(w)[1] == "complex: magnitude shown"
        assert (summary(w).max, summary(w.conj()).zeros) == (5.0, 1)
    assert summary(torch.tensor([3e38 + 3e38j], dtype=torch.complex64)).inf == 0


def test_a_meta_tensor_is_a_shape_without_data() -> None:
    w = torch.empty(10**6, 10**6, device="meta")
    assert viewable(w) == (None, "on the meta device: a shape without data")
    found, counted, picture = card_statistics(w)
    assert (found.numel, found.mean, found.min, found.l2) == (10**12, None, None, None)
    assert counted.counts[0].sum() == 0
    assert (picture.mean.size, picture.shape) == (0, (10**6, 10**6))


def test_an_uninitialized_tensor_waits_for_the_first_forward_pass() -> None:
    layer = nn.LazyBatchNorm1d()
    for w in (layer.weight, layer.running_mean):
        assert isinstance(w, Tensor)
        assert viewable(w) == (None, "uninitialized until the first forward pass")
        assert summary(w).numel == 0
        assert heatmap(w).mean.size == 0


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4)])
def test_an_empty_tensor_has_an_empty_picture(shape: tuple[int, ...]) -> None:
    found, counted, picture = card_statistics(torch.empty(shape))
    assert (found.numel, found.mean, found.std) == (0, None, None)
    assert counted.counts[0].sum() == 0
    assert picture.mean.size == 0


def test_sparse_tensors_are_shown_with_their_zeros() -> None:
    w = torch.sparse_coo_tensor(torch.tensor([[0, 0, 1], [2, 2, 1]]), [1.0, 2.0, 5.0], (2, 3), check_invariants=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls its compressed layouts a beta
        compressed = [w.to_dense().to_sparse_csr(), w.to_dense().to_sparse_csc()]
    for layout in (w, *compressed):
        assert viewable(layout)[1] == "sparse: shown with its zeros"
        assert heatmap(layout).mean.tolist() == [[0, 0, 3], [0, 5, 0]]
    assert not w.is_coalesced()


def test_a_sparse_tensor_too_big_to_lay_out_is_not() -> None:
    w = torch.sparse_coo_tensor(torch.tensor([[5], [7]]), [1.0], (10**6, 10**6), check_invariants=True)
    assert viewable(w) == (None, "sparse: 1,000,000,000,000 elements are too many to lay out densely")
    assert summary(w).numel == 10**12


def test_quantized_tensors_are_shown_by_the_values_they_stand_for() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch moves quantization elsewhere
        w = torch.quantize_per_tensor(torch.tensor([0.5, -1.0, 0.0]), 0.5, 10, torch.qint8)
    assert viewable(w)[1] == "quantized: the values it stands for"
    assert (summary(w).min, summary(w).max) == (-1.0, 0.5)


def test_nested_tensors_are_named_not_drawn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a prototype, says torch
        w = torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
    assert viewable(w) == (None, "nested: its rows differ in length")
    assert summary(w).numel == 5


def test_an_expanded_tensor_counts_each_element() -> None:
    found, counted, _ = card_statistics(torch.tensor([[2.0]]).expand(500, 300))
    assert (found.numel, found.mean, found.std, counted.counts[0].sum()) == (150_000, 2.0, 0.0, 150_000)


def test_numpy_arrays_are_taken_as_they_are() -> None:
    array = np.arange(6, dtype=">f4").reshape(2, 3)[:, ::-1]
    array.setflags(write=False)
    assert heatmap(array).mean.tolist() == [[2, 1, 0], [5, 4, 3]]
    assert heatmap(np.array(2.5, np.float16)).mean.tolist() == [[2.5]]


def test_lazy_conjugation_and_negation_are_resolved() -> None:
    w = torch.tensor([1 + 2j, 3 - 4j])
    assert heatmap(w.conj().imag).mean.tolist() == [[-2.0, 4.0]]


def test_statistics_do_not_depend_on_default_dtype_or_device() -> None:
    expected = card_statistics(numbers())[0]
    previous = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float16)
        with torch.device("meta"):
            assert (
                card_statistics(torch.tensor([[1.0, 2, 0], [4, 6, 8]], dtype=torch.float32, device="cpu"))[0]
                == expected
            )
    finally:
        torch.set_default_dtype(previous)


def test_looking_changes_nothing() -> None:
    w = nn.Parameter(torch.randn(300, 200))
    w.data[3, 4], w.data[5, 6] = math.nan, -0.0
    w.grad = torch.ones_like(w)
    threads = torch.get_num_threads()
    values, grad, version = w.detach().clone(), w.grad.clone(), w._version
    numpy_state, torch_state = pickle.dumps(np.random.get_state()), torch.get_rng_state()  # noqa: NPY002 (the global one)
    card_statistics(w)
    heatmap(w, window=(0, 10, 0, 10))
    assert torch.equal(w.detach().view(torch.int32), values.view(torch.int32))
    assert torch.equal(w.grad, grad)
    assert w._version == version
    assert torch.get_num_threads() == threads
    assert w.requires_grad
    assert w.is_leaf
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert pickle.dumps(np.random.get_state()) == numpy_state  # noqa: NPY002


def test_only_sparse_tensors_can_be_too_large_to_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readable, "DENSE_LIMIT", 8)
    for layout in (torch.sparse_coo, torch.sparse_csr):
        assert viewable(torch.eye(3).to_sparse(layout=layout))[0] is None
        assert viewable(torch.ones(2, 4).to_sparse(layout=layout))[0] is not None
    assert viewable(torch.eye(3).to_sparse())[1] == "sparse: 9 elements are too many to lay out densely"
    assert viewable(torch.eye(3))[0] is not None
