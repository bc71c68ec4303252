"""Whether an initialization does what it says, without a browser.

    python -m core.check path/to/model.py:build --init path/to/inits.py:my_init --seed 0..9
    python -m core.check package.models:build --init xavier_uniform --json
    python -m core.check package.models:build --story
    python -m core.check weights.safetensors

`build` returns an nn.Module without arguments, or is one. `my_init` is run as the dashboard runs it: its arguments tell
what it is given, every module, as `net.apply` calls it, every parameter, the whole net, or two such things, and
`--given` says otherwise. What each tensor should be is what was observed to write it, and what the model or `my_init`
`expects`, an attribute of it or of its file. A scheme by its name is drawn into every weight that it fits. Tensors that
are equal bit for bit though nothing ties them are listed, and values that are not finite are told of each tensor, which
changes no verdict; with `--json` such a number is the string "NaN", "Infinity" or "-Infinity". Of a checkpoint nothing
is promised, so nothing in it violates anything. The exit status is 1 where a tensor violates its theory or is
inconsistent with it, or the init wrote to nothing; 2 where something could not be checked; else 0.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import text
from ..code.signatures import GIVEN
from .as_json import as_json
from .leaving import told_of_leaving
from .printing import printed
from .stories import story_lines

if TYPE_CHECKING:
    from ..questions.equal import EqualGroup, SameStart
    from ..questions.theory import ModelVerdict
    from .checking import Check

_MOST_SEEDS = 1000
_MOST_NAMES = 6


def main(arguments: Sequence[str] | None = None, prog: str = "python -m core.check") -> int:
    """Check, print, and return the exit status; `prog` is what the command is called in its help."""
    options = _parser(prog).parse_args(arguments)
    told: list[str] = []
    try:
        with told_of_leaving():
            checks = _checks(options, told)
        said = as_json(checks) if options.json else _as_lines(checks, guessed=not options.given, story=options.story)
    except KeyboardInterrupt:
        return 130
    except ValueError as error:
        return _impossible(text.error_line(error, 2000))
    except Exception as error:  # whatever it is, it is no verdict, and a traceback tells nobody what to do
        return _impossible(f"it could not be checked: {type(error).__name__}: {text.error_message(error)}")
    unchecked = [reason for _, check in checks for reason in (check.failed, *check.unchecked) if reason]
    for sentence in dict.fromkeys([*told, *unchecked]):
        printed(f"core.check: {text.one_line(sentence, 2000)}", sys.stderr)
    printed(said, sys.stdout)
    if any(check.failed for _, check in checks):
        return 2
    if any(check.idle or check.verdict.kind in ("violates", "inconsistent") for _, check in checks):
        return 1
    return 2 if unchecked else 0


def _checks(options: argparse.Namespace, told: list[str]) -> "list[tuple[int, Check]]":
    drawn = seeds(options.seed)
    from .checking import checked  # imports torch, which a wrong option need not wait for

    return [
        (seed, checked(options.build, options.init, seed, len(drawn), told.append, options.given)) for seed in drawn
    ]


def _impossible(sentence: str) -> int:
    printed(f"core.check: {text.one_line(sentence, 2000)}", sys.stderr)
    return 2


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description=text.first_line(__doc__ or ""))
    parser.add_argument("build", help="path/to/model.py:build, package.module:build or a checkpoint")
    parser.add_argument(
        "--init", help="path/to/inits.py:my_init, package.module:my_init, or a scheme such as orthogonal"
    )
    parser.add_argument(
        "--given",
        choices=list(GIVEN),
        default="",
        metavar="WHAT",
        help=f"what the init is given, where its arguments do not tell: {', '.join(GIVEN)}",
    )
    parser.add_argument("--seed", default="0", help="one seed, or a range such as 0..9, all of which have to pass")
    parser.add_argument("--story", action="store_true", help="print who wrote each tensor, and what was there before")
    parser.add_argument("--json", action="store_true", help="print the verdicts and stories as JSON")
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


def _as_lines(checks: "Sequence[tuple[int, Check]]", *, guessed: bool, story: bool) -> str:
    lines: list[str] = []
    for seed, check in checks:
        lines.append(as_text(seed, check.verdict))
        lines += ["who wrote what:", *(f"  {line}" for line in story_lines(check.verdict.rows))] if story else []
        lines += [f"  {text.one_line(sentence, 1000)}" for sentence in check.told]
        if check.idle:
            called = check.init.called if check.init else "the init"
            lines.append(f"  nothing was written by {called}: {text.one_line(check.idle, 2000)}")
    if (init := checks[0][1].init) is not None:
        others = "|".join(way for way in init.choices if way != init.applies_to)
        otherwise = f"; --given {others} chooses otherwise" if guessed and others else ""
        lines.append(f"{init.called} is given {GIVEN[init.applies_to]}{otherwise}")
    return "\n".join(lines)


def as_text(seed: int, verdict: "ModelVerdict") -> str:
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


def _start_line(start: "SameStart") -> str:
    because = f": {start.reason}" if start.reason else ""
    return (
        f"same numbers, not tied: {text.plain(start.second, 60)}: {start.clause(text.plain(start.first, 60))}{because}"
    )


def _equal_line(group: "EqualGroup") -> str:
    names = ", ".join(text.plain(name, 60) for name in group.names[:_MOST_NAMES])
    more = f" and {len(group.names) - _MOST_NAMES} more" if len(group.names) > _MOST_NAMES else ""
    return f"equal in value, not tied: {names}{more} {text.shape(group.shape)}: {group.reason}"
