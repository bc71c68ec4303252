"""What observing who writes each tensor costs while a model is built, against building it plainly.

Run from the repository's root: `python benchmarks/provenance.py`. Both ways are timed in turn, so that a busy machine
slows both, and each begins where Python's collector has nothing left to do, so that neither pays for what the other
left behind. The exit status is 1 where the median of the ratios of two neighbors in time is more than

- 1.5 for a ResNet-50, whose constructor draws its convolutions anew;
- 2 for 10,000 times Linear(8, 8), which are 20,000 tensors.
"""

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from torch import nn

from core import provenance

_REPEATS = 9


def resnet50() -> nn.Module:
    """The tensors of a ResNet-50 in its order of construction, 25.6 million parameters, without its forward pass."""
    blocks, channels = nn.ModuleList(), 64
    for width, depth, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for index in range(depth):
            blocks.append(_block(channels, width, stride if index == 0 else 1))
            channels = 4 * width
    net = nn.ModuleList([_convolution(3, 64, 7, 2), nn.BatchNorm2d(64), blocks, nn.Linear(channels, 1000)])
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 1)
            nn.init.constant_(module.bias, 0)
    return net


def _block(channels: int, width: int, stride: int) -> nn.Module:
    block = nn.ModuleList(
        [
            *(_convolution(channels, width, 1, 1), nn.BatchNorm2d(width)),
            *(_convolution(width, width, 3, stride), nn.BatchNorm2d(width)),
            *(_convolution(width, 4 * width, 1, 1), nn.BatchNorm2d(4 * width)),
        ]
    )
    if channels != 4 * width:
        block.extend([_convolution(channels, 4 * width, 1, stride), nn.BatchNorm2d(4 * width)])
    return block


def _convolution(channels: int, out: int, size: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(channels, out, size, stride, size // 2, bias=False)


def many() -> nn.Module:
    """20,000 tensors."""
    return nn.Sequential(*(nn.Linear(8, 8) for _ in range(10_000)))


def observed(build: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    """The same, observed."""

    def building() -> nn.Module:
        with provenance():
            return build()

    return building


def seconds(build: Callable[[], nn.Module]) -> float:
    """How long it takes to build."""
    gc.collect()
    start = time.perf_counter()
    build()
    return time.perf_counter() - start


def reached(what: str, build: Callable[[], nn.Module], most: float) -> bool:
    """Measure and print; whether it costs at most so many times the plain build."""
    seconds(observed(build))
    times = [(seconds(build), seconds(observed(build))) for _ in range(_REPEATS)]
    ratio = median(ours / plain for plain, ours in times)
    plain, ours = (median(values) for values in zip(*times, strict=True))
    print(f"{what}: plain {plain:.2f} s, observed {ours:.2f} s, {ratio:.2f} times, allowed {most:g}")
    return ratio <= most


def main() -> int:
    """Measure, print, and say by the exit status whether both claims hold."""
    torch.manual_seed(0)
    met = [reached("ResNet-50", resnet50, 1.5), reached("20,000 tensors", many, 2)]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
