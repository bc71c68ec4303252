"""Writes that torch's dispatcher does not show: by NumPy, and in threads."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core import provenance
from core.observation.fingerprints import fingerprint

Write = Callable[[torch.Tensor], object]
WRITES: dict[str, Write] = {
    "data": lambda p: p.data.numpy().fill(0.5),
    "detached": lambda p: p.detach().numpy().__setitem__(slice(None), 0.5),
    "one element": lambda p: p.detach().numpy().__setitem__((0, 1), 0.5),
    "asarray": lambda p: np.copyto(np.asarray(p.data), 0.5),
    "shuffled": lambda p: np.random.default_rng(1).shuffle(p.data.numpy().reshape(-1)),
    "dlpack": lambda p: np.from_dlpack(p.detach()).reshape(-1).view(np.uint8),  # looked at alone
}


@pytest.mark.parametrize("size", [4, 300])
@pytest.mark.parametrize("way", WRITES)
def test_what_numpy_wrote_is_no_default(way: str, size: int) -> None:
    with provenance() as story:
        net = nn.Linear(size, size)
        before = net.weight.detach().clone()
        WRITES[way](net.weight)
    is_other = not torch.equal(before, net.weight)
    assert is_other == (way != "dlpack")
    found = story[net.weight]
    assert (found.kind, found.function) == (("written", "numpy") if is_other else ("default", "reset_parameters"))
    assert found.line.startswith(__file__)
    assert story[net.bias].kind == "default"


def test_numpys_write_before_torchs_is_not_lost() -> None:
    with provenance() as story:
        net: Any = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        array = net[0].weight.data.numpy()
        array[:] = 1
        net[0].weight.data.mul_(2)
        net[1].weight.data.copy_(net[0].weight)
        array[:] = 3
        nn.init.normal_(net[0].bias)
    stories = story.of(net)
    assert [each.function for each in (*stories["0.weight"].earlier, stories["0.weight"])] == [
        "reset_parameters",
        "numpy",
        "mul_",
        "numpy",
    ]
    copied = stories["1.weight"]
    assert copied.source == "0.weight"
    assert copied.of is not None
    assert [each.function for each in copied.of.earlier] == ["reset_parameters", "numpy"]


def test_a_parameter_that_numpy_filled_was_written() -> None:
    with provenance() as story:
        net = nn.ParameterList([nn.Parameter(torch.empty(3, 4)), nn.Parameter(torch.from_numpy(np.ones(3)))])
        net[0].data.numpy()[:] = 1
    assert (story[net[0]].kind, story[net[0]].times) == ("written", 1)
    assert story[net[1]].kind == "filled"


def test_what_is_written_after_the_context_does_not_count() -> None:
    with provenance() as story:
        net = nn.Linear(4, 4)
        array = net.weight.detach().numpy()
    array[:] = 1
    assert story[net.weight].kind == "default"


def test_threads_that_a_constructor_starts_are_observed() -> None:
    net: Any = nn.ModuleList(nn.Linear(4, 4) for _ in range(4))
    start = threading.Thread.start
    with provenance() as story:
        thread = threading.Thread(target=nn.init.ones_, args=(net[0].weight,))
        thread.start()
        thread.join()
        pool = ThreadPoolExecutor(2)
        list(pool.map(lambda layer: nn.init.zeros_(layer.weight), net[1:3]))
    assert threading.Thread.start is start
    pool.submit(nn.init.ones_, net[3].weight).result()
    pool.shutdown()
    assert [story[layer.weight].function for layer in net[:3]] == ["ones_", "zeros_", "zeros_"]
    with pytest.raises(KeyError, match="nothing was seen"):
        _ = story[nn.Linear(2, 2).weight]
    assert story[net[3].weight].kind == "unseen"


@given(st.binary(min_size=1, max_size=64), st.integers(1, 5000), st.data())
def test_a_fingerprint_is_another_one_where_a_byte_is(pattern: bytes, repeats: int, data: st.DataObject) -> None:
    values = torch.frombuffer(bytearray(pattern * repeats), dtype=torch.uint8)
    before = fingerprint(values.untyped_storage())
    assert before == fingerprint(values.clone().untyped_storage())
    at = data.draw(st.integers(0, values.numel() - 1))
    values[at] ^= data.draw(st.integers(1, 255))
    assert fingerprint(values.untyped_storage()) != before
