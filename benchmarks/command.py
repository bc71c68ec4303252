"""What the check of a small model takes from the shell, beyond `import torch` in an interpreter of its own.

Run from the repository's root: `python benchmarks/command.py`. Interleaved repeats; the exit status is 1 when the
median of the differences, each of two neighbors in time, is more than 1.5 s.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

_REPEATS, _ALLOWED = 7, 1.5
_ROOT = Path(__file__).resolve().parents[1]
_MODEL = "from torch import nn\n\n\ndef build():\n    return nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 1))\n"


def seconds(*arguments: str) -> float:
    """How long Python runs with these arguments."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=_ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> int:
    """Measure, print, and say by the exit status whether the claim holds."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "small_model.py"
        model.write_text(_MODEL, encoding="utf-8")
        checking = ("-m", "core.check", f"{model}:build")
        seconds(*checking)  # compiles what it imports
        times = [(seconds("-c", "import torch"), seconds(*checking)) for _ in range(_REPEATS)]
    for name, values in zip(("import torch", "check"), zip(*times, strict=True), strict=True):
        print(f"{name:12} median {median(values):.2f} s  (from {min(values):.2f} to {max(values):.2f})")
    beyond = median(check - torch for torch, check in times)
    print(f"beyond import torch {beyond:.2f} s, allowed {_ALLOWED}")
    return 1 if beyond > _ALLOWED else 0


if __name__ == "__main__":
    sys.exit(main())
