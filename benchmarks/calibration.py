"""How often a verdict is wrong, and how often it finds what is wrong, over many seeds.

Run from the repository's root: `python benchmarks/calibration.py [seeds] [seconds]`. The exit status is 1 where a claim
does not hold: at most 1 % of correct models with any false alarm, at least 99 % of each error found (95 % of a normal's
std that is 0.71 times too small in 150 values, which is near what so few can tell). A line that runs out of time has
fewer seeds; one answer of them may be wrong whatever their number.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.schemes.table import SCHEMES, promise_of, resolve_options
from core.recipe.steps import Forward, Initialize, Step, Subtree
from core.replaying.initializing import initialize
from core.replaying.replay import replayed
from core.theory.model_verdict import ModelCheck
from core.theory.origins import origins
from core.theory.verdict import verdict

_SEEDS, _SECONDS = 1000, 900.0
_FALSE, _FOUND, _FOUND_IN_150 = 0.01, 0.99, 0.95
_WRONG = ("violates", "inconsistent")
_SCHEMES = tuple(name for name, scheme in SCHEMES.items() if scheme.random)


@dataclass(frozen=True)
class Rate:
    """A line of the table: how often an answer was given, and the bound that is claimed."""

    what: str
    hits: int
    seeds: int
    bound: str
    holds: bool

    def __str__(self) -> str:
        return f"{self.what:58} {self.hits:5,} of {self.seeds:5,}  {self.hits / self.seeds:7.2%}  {self.bound}"


def built(name: str, seed: int) -> tuple[Step, ...]:
    """What makes a model whole."""
    return (Forward(seed=seed),) if name == "lazy_mlp" else ()


def drawn(name: str, seed: int) -> tuple[Step, ...]:
    """The model's opening initialization, then the schemes of chance in turn on its linear layers, all with `seed`."""
    scheme = _SCHEMES[seed % len(_SCHEMES)]
    opening = (replace(step, seed=seed) for step in MODELS[name].opening if isinstance(step, Initialize))
    return (*built(name, seed), *opening, Initialize(scheme, Subtree("", "Linear"), seed=seed + 1))


def draw(scheme: str, shape: tuple[int, ...], seed: int, **options: float | str) -> Tensor:
    """A tensor drawn with `seed`."""
    torch.manual_seed(seed)
    tensor = torch.empty(shape)
    initialize(tensor, scheme, resolve_options(scheme, options))
    return tensor


def kind(tensor: Tensor, scheme: str, **options: float | str) -> str:
    """The verdict on a tensor against a scheme."""
    return verdict(tensor, promise_of(scheme, options, tuple(tensor.shape))).kind


def scaled(scheme: str, shape: tuple[int, ...], factor: float, seed: int) -> bool:
    """Whether a draw times `factor` is found."""
    options = {"a": -1.0, "b": 1.0} if scheme == "uniform" else {}
    return kind(factor * draw(scheme, shape, seed, **options), scheme, **options) in _WRONG


def mistaken(scheme: str, shape: tuple[int, ...], given: dict[str, str], wanted: dict[str, str], seed: int) -> bool:
    """Whether a draw with some options is found where others are wanted."""
    return kind(draw(scheme, shape, seed, **given), scheme, **wanted) in _WRONG


def default_for_xavier(seed: int) -> bool:
    """Whether Linear's default in 8 values is found where Xavier is wanted."""
    return kind(draw("kaiming_uniform", (1, 8), seed, a=5**0.5), "xavier_uniform") in _WRONG


def xavier_for_default(seed: int) -> bool:
    """Whether Xavier in 8 values violates the support where Linear's default is wanted."""
    return kind(draw("xavier_uniform", (1, 8), seed), "kaiming_uniform", a=5**0.5) == "violates"


def eight_values(scheme: str, seed: int) -> bool:
    """Whether 8 values, drawn rightly, are too few to tell."""
    return kind(draw(scheme, (8,), seed), scheme) == "cannot tell"


def errors() -> Iterator[tuple[str, Callable[[int], bool], float]]:
    """What must be answered, whether it is with a seed, and how often it has to be."""
    for scheme, flat in (("normal", (32, 32)), ("uniform", (1024,)), ("trunc_normal", (32, 32))):
        for factor in (1.5, 1 / 1.5):
            yield f"std ×{factor:.3g} of {scheme} in 1,024 values", partial(scaled, scheme, flat, factor), _FOUND
    convolutions: tuple[tuple[int, ...], ...] = ((16, 6, 5, 5), (6, 1, 5, 5))
    for kernels in convolutions:
        for scheme in ("kaiming_normal", "kaiming_uniform"):
            modes = ({"mode": "fan_out"}, {"mode": "fan_in"})
            yield f"fan_out for fan_in, {scheme} {kernels}", partial(mistaken, scheme, kernels, *modes), _FOUND
            gains = ({"nonlinearity": "linear"}, {"nonlinearity": "relu"})
            found = _FOUND_IN_150 if scheme == "kaiming_normal" and kernels[1] == 1 else _FOUND
            yield f"linear for relu, {scheme} {kernels}", partial(mistaken, scheme, kernels, *gains), found
    yield "8 values of Xavier against Linear's default: the support", xavier_for_default, _FOUND
    yield "8 values of Linear's default against Xavier", default_for_xavier, _FOUND
    for scheme in ("normal", "uniform"):
        yield f"8 values of {scheme}, drawn rightly: cannot tell", partial(eight_values, scheme), _FOUND


def false_alarms(name: str, steps: Callable[[str, int], tuple[Step, ...]], seed: int) -> bool:
    """Whether a correct model, built and drawn with `seed`, is called wrong."""
    recipe = Recipe(name, seed, steps(name, seed))
    made = replayed(recipe)
    return ModelCheck(made.model, origins(made.model, recipe, made.outcomes, made.stories)).model().kind in _WRONG


def rates(seeds: int, seconds: float) -> Iterator[Rate]:
    """Every line of the table; a line stops early when its part of the time is over."""
    jobs: list[tuple[str, Callable[[int], bool], float]] = []
    for name in MODELS:
        jobs.append((f"{name}: built", partial(false_alarms, name, built), 0.0))
        jobs.append((f"{name}: drawn", partial(false_alarms, name, drawn), 0.0))
    jobs += errors()
    ends = time.monotonic() + seconds
    for position, (what, ask, found) in enumerate(jobs):
        part = (ends - time.monotonic()) / (len(jobs) - position)
        started, hits, done = time.monotonic(), 0, 0
        while done < seeds and (done < 20 or time.monotonic() - started < part):
            hits, done = hits + ask(done), done + 1
        wrong, allowed = (done - hits, 1 - found) if found else (hits, _FALSE)
        bound = f"at least {found:.0%}" if found else f"at most {_FALSE:.0%}"
        yield Rate(what, hits, done, bound, wrong <= max(1.0, round(allowed * done, 6)))


def main() -> int:
    """Measure, print, and say by the exit status whether every claim holds."""
    torch.set_num_threads(1)
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else _SEEDS
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else _SECONDS
    print(f"{'correct models called wrong, and errors found':58} {'':5}    {'seeds':5}     rate  claim")
    holding = True
    for rate in rates(seeds, seconds):
        print(f"{rate}{'' if rate.holds else '   DOES NOT HOLD'}", flush=True)
        holding = holding and rate.holds
    return 0 if holding else 1


if __name__ == "__main__":
    sys.exit(main())
