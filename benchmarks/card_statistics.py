"""How fast everything a card shows of a tensor is computed, against NumPy, for all of GPT-2 small.

Run from the repository's root: `python benchmarks/card_statistics.py`. One thread, interleaved repeats; the
exit status is 1 when the outputs differ or NumPy takes less than 5 times as long (median of the repeats' ratios,
each of two neighbors in time, so that a busy machine slows both).

Both sides give, for every tensor: mean, std, min, max, L2 norm, zeros, negative zeros, NaN and infinities, 60
bins with float64 edges, and lowest, highest and mean value of at most 128×128 cells. The NumPy side is written
to be fast: it filters only what is not finite, and pools axis by axis, where the usual `min(axis=(1, 3))` takes
ten times as long. It sums in float64, as ours does. Two more lines are for information, not the claim: NumPy in
float32, which gives up that precision, and NumPy pooling in the usual way.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.tensor.stats import card_statistics

Picture = NDArray[np.float32]
Numbers = list[NDArray[Any]]

_BINS, _CELLS, _REPEATS, _REQUIRED = 60, 128, 7, 5.0


def gpt2_small() -> list[torch.Tensor]:
    """Random normals in the shapes of GPT-2 small's state: 148 tensors, 124 million parameters."""
    matrices = [(2304, 768), (768, 768), (3072, 768), (768, 3072)]
    vectors = [(rows,) for rows, _ in matrices] + [(768,)] * 4
    shapes = [(50257, 768), (1024, 768), *(matrices + vectors) * 12, (768,), (768,)]
    generator = torch.Generator().manual_seed(0)
    return [torch.empty(shape).normal_(0, 0.02, generator=generator) for shape in shapes]


def ours(tensor: torch.Tensor) -> Numbers:
    """What a card shows, as a list of arrays."""
    summary, histogram, heatmap = card_statistics(tensor, bins=_BINS, max_rows=_CELLS, max_columns=_CELLS)
    moments = (summary.mean, summary.std, summary.min, summary.max, summary.l2)
    counts = (summary.zeros, summary.negative_zeros, summary.nan, summary.inf)
    cells = [heatmap.low, heatmap.high, heatmap.mean]
    return [np.array(moments), np.array(counts), histogram.edges, histogram.counts[0], *cells]


def numpy(
    tensor: torch.Tensor, accumulate: type[np.floating] = np.float64, pool: "Callable[..., Picture] | None" = None
) -> Numbers:
    """The same by NumPy alone."""
    x = np.atleast_2d(tensor.numpy())
    finite = np.isfinite(x)
    v = x if finite.all() else x[finite]
    low, high = v.min(), v.max()
    # Edges take the dtype of the range: float64 edges find the bin of every float32 exactly.
    counts, edges = np.histogram(v, _BINS, range=(low.astype(accumulate), high.astype(accumulate)))
    flat = v.reshape(-1)
    l2 = np.sqrt(np.einsum("i,i->", flat, flat, dtype=accumulate))
    mean, std = v.mean(dtype=accumulate), v.std(ddof=1, dtype=accumulate)
    zero = x == 0
    nan, inf = np.count_nonzero(np.isnan(x)), np.count_nonzero(np.isinf(x))
    zeros = (np.count_nonzero(zero), np.count_nonzero(zero & np.signbit(x)), nan, inf)
    pool = pool or pooled
    cells = [pool(x, np.min), pool(x, np.max), pool(x, np.mean, dtype=accumulate)]
    return [np.array([mean, std, low, high, l2]), np.array(zeros), edges, counts, *cells]


def numpy_float32(tensor: torch.Tensor) -> Numbers:
    """The same by NumPy in single precision."""
    return numpy(tensor, np.float32)


def numpy_usual(tensor: torch.Tensor) -> Numbers:
    """The same by NumPy with both axes of a cell reduced at once."""
    return numpy(tensor, pool=pooled_at_once)


def pooled(x: Picture, operation: Callable[..., NDArray[Any]], **options: Any) -> Picture:
    """Cells of a picture (rows, columns), rows reduced before columns."""
    parts = [operation(operation(block, axis=1, **options), axis=2, **options) for block in blocks(x)]
    return np.concatenate(parts).astype(np.float32)


def pooled_at_once(x: Picture, operation: Callable[..., NDArray[Any]], **options: Any) -> Picture:
    """Cells of a picture (rows, columns), rows and columns reduced in one call."""
    return np.concatenate([operation(block, axis=(1, 3), **options) for block in blocks(x)]).astype(np.float32)


def blocks(x: Picture) -> list[Picture]:
    """A picture (rows, columns) as (cell rows, height, cell columns, width), a ragged last row of cells apart.

    The columns of GPT-2's tensors divide evenly.
    """
    rows, columns = x.shape
    height, width = -(-rows // _CELLS), -(-columns // _CELLS)
    even = rows // height * height
    parts = ((x[:even], height), (x[even:], rows - even))
    return [part.reshape(-1, tall, columns // width, width) for part, tall in parts if part.size]


def differences(tensor: torch.Tensor) -> list[str]:
    """Which outputs differ: counts and extremes not at all, sums by rounding."""
    names = ("moments", "counts of special values", "edges", "bins", "lowest", "highest", "means")
    differ = []
    for name, a, b in zip(names, ours(tensor), numpy(tensor), strict=True):
        exact = name not in ("moments", "edges", "means")
        same = np.array_equal(a, b) if exact else np.allclose(a, b, rtol=1e-6 if name == "means" else 1e-9, atol=1e-9)
        if not same:
            differ.append(name)
    return differ


def seconds(function: Callable[[torch.Tensor], Numbers], state: list[torch.Tensor]) -> float:
    """Time for every tensor of the state."""
    start = time.perf_counter()
    for tensor in state:
        function(tensor)
    return time.perf_counter() - start


def main() -> int:
    """Measure, print, and say by the exit status whether the claim holds."""
    torch.set_num_threads(1)
    state = gpt2_small()
    print(f"{len(state)} tensors, {sum(t.numel() for t in state):,} parameters, one thread, {_REPEATS} repeats")
    wrong = {tuple(tensor.shape): found for tensor in state if (found := differences(tensor))}
    print(f"outputs differ: {wrong}" if wrong else "outputs agree: counts, bins and extremes exactly, sums to 1e-9")
    sides: tuple[Callable[[torch.Tensor], Numbers], ...] = (ours, numpy, numpy_float32, numpy_usual)
    times: dict[str, list[float]] = {side.__name__: [] for side in sides}
    for _ in range(_REPEATS):
        for side in sides:
            times[side.__name__].append(seconds(side, state))
    for name, values in times.items():
        ratio = median(other / own for other, own in zip(values, times["ours"], strict=True))
        print(f"{name:14} median {median(values):.3f} s  (from {min(values):.3f} to {max(values):.3f})  {ratio:.2f}x")
    ratio = median(other / own for other, own in zip(times["numpy"], times["ours"], strict=True))
    print(f"ratio {ratio:.2f}, required {_REQUIRED}")
    return 1 if wrong or ratio < _REQUIRED else 0


if __name__ == "__main__":
    sys.exit(main())
