"""One seed for every stream that code may draw from: torch's, NumPy's and Python's own."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_streams(seed: int) -> None:
    """As `torch.manual_seed(seed)`, for the global streams of NumPy and of the module `random` as well.

    NumPy takes the last 32 bits of the seed.
    """
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 (the stream that a person's code draws from)


@contextmanager
def streams_kept() -> Iterator[None]:
    """Leave the three streams as they were, whatever is drawn meanwhile."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 (as above)
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002 (as above)
