"""How fast init code from a browser is answered for, jail and all, and what others' endless loops do to it.

Run from the repository's root: `python benchmarks/custom_init.py`. The exit status is 1 where a reach is missed:

- a good init on a net of 4,810 parameters, warm, from request to answer: 95th percentile at most 100 ms;
- 40 clients at once, each with code of its own: at most 1 s;
- the same good init while 20 sessions loop for ever, each starting anew as soon as it is stopped: at most 2 s, and
  every one gets its answer;
- without a reach, for information: an init of 4.2 million parameters, net built first, against the same code on a net
  at hand in a warm interpreter, measured in turn, so that a busy machine slows both (median of the ratios).
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.model import GetOverview
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom

GOOD = """
def my_init(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_normal_(m.weight)
        m.bias.data.zero_()
"""
ENDLESS = "def my_init(m):\n    while True:\n        pass"
SMALL = Recipe("mlp", arguments=(("hidden", 64), ("n_in", 64), ("n_out", 10)))
LARGE = Recipe("deep_mlp", arguments=(("activation", "relu"), ("depth", 16), ("width", 512)))
CLIENTS, LOOPS, REPEATS = 40, 20, 100
_seeds = count()


def span(recipe: Recipe, code: str) -> Span:
    """The recipe with that code run on it, as nobody has asked for before."""
    return Span(recipe.then(Custom(code, "my_init", seed=next(_seeds))), 0, 1)


def seconds(act: Callable[[], Any]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def good(engine: Engine, recipe: Recipe = SMALL) -> float:
    """Seconds from request to answer."""
    asked = span(recipe, GOOD)
    return seconds(lambda: engine.ask(asked, GetOverview()))


def at_once(engine: Engine) -> list[float]:
    """Seconds of each of 40 clients that start together."""
    together = threading.Barrier(CLIENTS)

    def ask(_client: int) -> float:
        together.wait()
        return good(engine)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(ask, range(CLIENTS)))


def among_loops(engine: Engine) -> list[float]:
    """Seconds of good ones, one after the other, while the loops go on."""
    over = threading.Event()

    def until_over(_seconds: float) -> None:
        if over.is_set():
            raise EngineError("enough")

    def loop(_session: int) -> None:
        while not over.is_set():
            with contextlib.suppress(EngineError):
                engine.ask(span(SMALL, ENDLESS), GetOverview(), until_over)

    with ThreadPoolExecutor(LOOPS) as pool:
        for session in range(LOOPS):
            pool.submit(loop, session)
        time.sleep(2)
        try:
            return [good(engine) for _ in range(REPEATS)]
        finally:
            over.set()


def ratios(engine: Engine) -> list[float]:
    """Ours to plain torch's seconds, of the large net."""
    import torch
    from torch import nn

    from core.recipe.catalog import builder

    torch.set_num_threads(1)
    names: dict[str, Any] = {"nn": nn}
    exec(GOOD, names)
    net = builder(LARGE.model)(**dict(LARGE.arguments))

    def plainly() -> None:
        net.apply(names["my_init"])

    plainly()
    good(engine, LARGE)
    return [good(engine, LARGE) / seconds(plainly) for _ in range(15)]


def reached(what: str, value: float, most: float, unit: str) -> bool:
    """Print a figure beside its reach; whether it is reached."""
    print(f"{what}: {value:.3g} {unit}, reach {most:g}")
    return value <= most


def percentile(values: list[float]) -> float:
    """The 95th."""
    return quantiles(values, n=20)[-1]


def main() -> bool:
    """Whether every reach is met."""
    engine = Engine()
    try:
        for _ in range(5):
            good(engine)
        met = all(
            [
                reached("alone, 95th percentile", 1000 * percentile([good(engine) for _ in range(REPEATS)]), 100, "ms"),
                reached("40 clients at once, 95th percentile", percentile(at_once(engine)), 1, "s"),
                reached("while 20 loop for ever, 95th percentile", percentile(among_loops(engine)), 2, "s"),
            ]
        )
        print(f"4.2 million parameters, against plain torch: {median(ratios(engine)):.3g} times, no reach")
        return met
    finally:
        engine.close()


if __name__ == "__main__":
    sys.exit(not main())
