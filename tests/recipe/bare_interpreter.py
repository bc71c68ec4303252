"""A bare interpreter that has torch and nothing of ours; it forks a child for each script it runs."""

import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from torch import nn

from core.recipe.recipe import Recipe
from tests.recipes import replayed_quietly

#: Names in order, each with its dtype, shape and bytes; an uninitialized tensor has none.
State = list[tuple[str, str, tuple[int, ...], bytes]]

#: The bare interpreter's program. `state` is written once, here, and used on both sides.
STATE = """
def state(net):
    entries = []
    for name, tensor in net.state_dict().items():
        if isinstance(tensor, (torch.nn.UninitializedParameter, torch.nn.UninitializedBuffer)):
            entries.append((name, "uninitialized", (), b""))
            continue
        data = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        entries.append((name, str(tensor.dtype), tuple(tensor.shape), data))
    return entries
"""

SERVER = f"""
import os, pickle, struct, sys, traceback, warnings
import torch
warnings.simplefilter("ignore")
{STATE}
# What torch imports on first use (an optimizer: four seconds' worth) is imported once, before the forks.
torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1).step()

def run(script):
    names = {{"__name__": "__main__"}}
    exec(compile(script, "script.py", "exec"), names)
    ours = [name for name in sys.modules if name.partition(".")[0] in ("core", "pages", "tests", "streamlit")]
    assert not ours, ours
    return state(names["net"])

while header := sys.stdin.buffer.read(8):
    script = sys.stdin.buffer.read(struct.unpack("<q", header)[0]).decode()
    out, into = os.pipe()
    if (child := os.fork()) == 0:
        try:
            answer = pickle.dumps(run(script))
        except BaseException:
            answer = pickle.dumps(traceback.format_exc())
        with os.fdopen(into, "wb") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    sys.stdout.buffer.write(struct.pack("<q", len(answer)) + answer)
    sys.stdout.buffer.flush()
"""


Run = Callable[[str], State]


@contextmanager
def bare_interpreter(folder: Path) -> Iterator[Run]:
    """Runs scripts in an interpreter that stands in an empty folder and never imported anything of ours."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
    ) as bare:
        assert bare.stdin
        assert bare.stdout
        into, out = bare.stdin, bare.stdout
        yield lambda script: _asked(into, out, script)
        into.close()
        bare.wait(timeout=120)


def _asked(into: IO[bytes], out: IO[bytes], script: str) -> State:
    text = script.encode()
    into.write(struct.pack("<q", len(text)) + text)
    into.flush()
    answer = pickle.loads(out.read(struct.unpack("<q", out.read(8))[0]))
    assert isinstance(answer, list), f"{script}\n{answer}"
    return answer


def state(net: nn.Module) -> State:
    names: dict[str, Callable[[nn.Module], State]] = {}
    exec(f"import torch\n{STATE}", names)
    return names["state"](net)


def quiet_state(recipe: Recipe) -> State:
    net = replayed_quietly(recipe)
    assert net is not None
    return state(net)
