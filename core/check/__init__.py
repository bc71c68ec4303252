"""Whether an initialization does what it says, without a browser.

    python -m core.check path/to/model.py:build --init path/to/inits.py:my_init --seed 0..9
    python -m core.check package.models:build --init xavier_uniform --json

`build` returns an nn.Module without arguments, or is one. `my_init` is run as the dashboard runs it: it takes a module,
as `net.apply` calls it, or every parameter in turn (where its argument is annotated so, or called w, weight, t, tensor,
p, param, parameter or x), or the whole net (where it is called net or model). What it `expects`, an attribute of it or
of its file, is the theory; without --init, the defaults of PyTorch's modules are. A scheme by its name is drawn into
every weight that it fits. Tensors that are equal bit for bit though nothing ties them are listed, which
changes no verdict. The exit status is 1 where a tensor violates its theory or is inconsistent with it, 2 where
nothing could be checked.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from .. import text
from ..questions.equal import EqualGroup, SameStart
from ..questions.theory import ModelVerdict
from .checking import check

_MOST_SEEDS = 1000
_MOST_NAMES = 6


def main(arguments: Sequence[str] | None = None, prog: str = "python -m core.check") -> int:
    """Check, print, and return the exit status; `prog` is what the command is called in its help."""
    options = _parser(prog).parse_args(arguments)
    told: list[str] = []
    try:
        drawn = seeds(options.seed)
        verdicts = [(seed, check(options.build, options.init, seed, len(drawn), told.append)) for seed in drawn]
    except ValueError as error:
        print(f"core.check: {error}", file=sys.stderr)
        return 2
    for sentence in dict.fromkeys(told):
        print(f"core.check: {sentence}", file=sys.stderr)
    if options.json:
        print(json.dumps([{"seed": seed, **asdict(verdict)} for seed, verdict in verdicts], indent=2))
    else:
        print("\n".join(as_text(seed, verdict) for seed, verdict in verdicts))
    return 1 if any(verdict.kind in ("violates", "inconsistent") for _, verdict in verdicts) else 0


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description=text.first_line(__doc__ or ""))
    parser.add_argument("build", help="path/to/model.py:build or package.module:build")
    parser.add_argument(
        "--init", help="path/to/inits.py:my_init, package.module:my_init, or a scheme such as orthogonal"
    )
    parser.add_argument("--seed", default="0", help="one seed, or a range such as 0..9, all of which have to pass")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    return parser


def seeds(written: str) -> range:
    """`3` is one seed, `0..9` ten.

    Raises:
        ValueError: it is neither.
    """
    first, _, last = written.partition("..")
    if not first.isdigit() or not (last or first).isdigit():
        raise ValueError(f"--seed {written!r} is no seed; write 3, or 0..9")
    asked = range(int(first), int(last or first) + 1)
    if not 0 < len(asked) <= _MOST_SEEDS:
        raise ValueError(f"--seed {written!r} holds {len(asked)} seeds; ask for 1 to {_MOST_SEEDS}")
    return asked


def as_text(seed: int, verdict: ModelVerdict) -> str:
    """The verdict, below it a line for each distinct tensor, and one for each group that is equal and not tied."""
    cells = [
        (row.verdict.kind, text.plain(row.name, 60), text.shape(row.shape), row.label, row.verdict.sentence)
        for row in verdict.rows
    ]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(4)]
    lines = [
        "  ".join([*(part.ljust(width) for part, width in zip(row, widths, strict=False)), row[4]]) for row in cells
    ]
    lines += [*map(_equal_line, verdict.equal), *map(_start_line, verdict.starts)]
    return "\n".join([f"seed {seed}: {verdict.sentence}", *(f"  {line}" for line in lines)])


def _start_line(start: SameStart) -> str:
    because = f": {start.reason}" if start.reason else ""
    return (
        f"same numbers, not tied: {text.plain(start.second, 60)}: {start.clause(text.plain(start.first, 60))}{because}"
    )


def _equal_line(group: EqualGroup) -> str:
    names = ", ".join(text.plain(name, 60) for name in group.names[:_MOST_NAMES])
    more = f" and {len(group.names) - _MOST_NAMES} more" if len(group.names) > _MOST_NAMES else ""
    return f"equal in value, not tied: {names}{more} {text.shape(group.shape)}: {group.reason}"
