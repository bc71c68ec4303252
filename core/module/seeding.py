"""One seed for every stream that a model's code may draw from: torch's, NumPy's and Python's own.

Every place that runs such code, a forward pass as well as an init, does it within `seeded`: the same question then has
the same answer however often it is asked, and the caller's own streams stay where they were.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_torch(seed: int) -> None:
    """As `torch.manual_seed(seed)`; it would note a traceback for each kind of accelerator that is not there."""
    if torch.accelerator.current_accelerator() is None:
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)


def seed_streams(seed: int) -> None:
    """As `torch.manual_seed(seed)`, for the global streams of NumPy and of the module `random` as well.

    NumPy takes the last 32 bits of the seed.
    """
    seed_torch(seed)
    seed_host_streams(seed)


def seed_host_streams(seed: int) -> None:
    """As `seed_streams`, accelerators left out."""
    torch.default_generator.manual_seed(seed)
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


@contextmanager
def seeded(seed: int = 0) -> Iterator[None]:
    """Within it, the three streams go on from `seed`; afterwards they are as they were."""
    with streams_kept():
        seed_host_streams(seed)
        yield
