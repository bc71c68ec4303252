"""Tensors and matrices for tests of what is counted over them."""

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from torch import Tensor

SHAPES = [(1, 1), (3, 7), (129, 5), (50, 1000), (401, 300), (7, 9001), (1, 70_001), (70_001, 1)]


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def floats(*dtypes: type[np.floating]) -> st.SearchStrategy[NDArray[np.floating]]:
    """Matrices of any values at all: NaN, infinities, zeros of both signs, subnormals, the largest numbers."""
    return st.sampled_from(dtypes or (np.float32, np.float64)).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9))
    )
