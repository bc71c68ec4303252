"""What the check of all of GPT-2 small costs, against the one-pass statistics of the same tensors.

Run from the repository's root: `python benchmarks/check_cost.py`. One thread, interleaved repeats; the exit status is 1
when the check takes more than 3 times as long (median of the repeats' ratios, each of two neighbors in time), or when
it calls any of the correctly drawn tensors wrong.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.card_statistics import gpt2_small
from core.recipe.schemes.table import promise_of
from core.tensor.stats import card_statistics
from core.theory.examination import examined, look
from core.theory.verdict import judged

_REPEATS, _ALLOWED = 7, 3.0


def statistics(state: list[torch.Tensor]) -> float:
    """Seconds for everything a card shows of every tensor."""
    start = time.perf_counter()
    for tensor in state:
        card_statistics(tensor)
    return time.perf_counter() - start


def check(state: list[torch.Tensor]) -> tuple[float, Counter[str]]:
    """Seconds for the verdict on every tensor against N(0, 0.02²), and how many of which kind."""
    start = time.perf_counter()
    findings = [examined(look(w), promise_of("normal", {"std": 0.02}, tuple(w.shape))) for w in state]
    kinds = Counter(str(verdict.kind) for verdict in judged(findings))
    return time.perf_counter() - start, kinds


def main() -> int:
    """Measure, print, and say by the exit status whether the claim holds."""
    torch.set_num_threads(1)
    state = gpt2_small()
    print(f"{len(state)} tensors, {sum(t.numel() for t in state):,} parameters, one thread, {_REPEATS} repeats")
    _, kinds = check(state)  # imports scipy.stats
    print(", ".join(f"{number} {kind}" for kind, number in kinds.items()))
    times = [(statistics(state), check(state)[0]) for _ in range(_REPEATS)]
    for name, values in zip(("statistics", "check"), zip(*times, strict=True), strict=True):
        print(f"{name:10} median {median(values):.3f} s  (from {min(values):.3f} to {max(values):.3f})")
    ratio = median(mine / one for one, mine in times)
    print(f"ratio {ratio:.2f}, allowed {_ALLOWED}")
    return 1 if ratio > _ALLOWED or set(kinds) - {"consistent"} else 0


if __name__ == "__main__":
    sys.exit(main())
