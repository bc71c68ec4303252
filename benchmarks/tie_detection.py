"""How long it takes to find everything tied among 20,000 tensors, against one plain walk over their names.

Run from the repository's root: `python benchmarks/tie_detection.py`. Interleaved repeats of `tied_groups(model)` and
`list(model.named_parameters(remove_duplicate=False))`; the exit status is 1 where the median of the repeats' ratios,
each of two neighbors in time, exceeds 3 for one of the models.
"""

import gc
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.module.tying import tied_groups

_REPEATS, _LIMIT = 15, 3.0


def flat() -> nn.Module:
    """10,000 linear layers in one list."""
    return nn.ModuleList(nn.Linear(1, 1) for _ in range(10_000))


def nested() -> nn.Module:
    """1,250 blocks of eight linear layers, four levels deep; the last two blocks are one."""
    blocks = [nn.Sequential(*(nn.Linear(1, 1) for _ in range(8))) for _ in range(1_250)]
    blocks[-1] = blocks[-2]
    return nn.Sequential(*(nn.Sequential(nn.ModuleList(blocks[i : i + 50])) for i in range(0, 1_250, 50)))


def tied() -> nn.Module:
    """10,000 linear layers, 1,000 pairs of which have one weight."""
    layers = [nn.Linear(1, 1) for _ in range(10_000)]
    for first, second in zip(layers[::10], layers[1::10], strict=True):
        second.weight = first.weight
    return nn.ModuleList(layers)


def packed() -> nn.Module:
    """20,000 Parameters in one storage, as after flattening a model; two of them overlap."""
    base = torch.zeros(20_000)
    return nn.ParameterList([*(base[i : i + 1] for i in range(19_999)), base[7:9]])


def main() -> int:
    """Measure, print, and return 1 where the limit is exceeded."""
    worst = max(_ratio(build) for build in (flat, nested, tied, packed))
    print(f"largest ratio, median of {_REPEATS} pairs each: {worst:.2f} (limit: {_LIMIT:g})")
    return int(worst > _LIMIT)


def _ratio(build: Callable[[], nn.Module]) -> float:
    model = build()
    walk, ours = partial(_walk, model), partial(tied_groups, model)
    pairs = [(_seconds(walk), _seconds(ours)) for _ in range(1 + _REPEATS)][1:]  # the first is a warm-up
    ratio = median(ours / walk for walk, ours in pairs)
    walked, detected = (f"{1e3 * median(times):6.1f} ms" for times in zip(*pairs, strict=True))
    print(f"{build.__name__:8} {len(_walk(model)):6,} names   walk {walked}   detection {detected}   ratio {ratio:.2f}")
    return ratio


def _walk(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return list(model.named_parameters(remove_duplicate=False))


def _seconds(act: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
