"""What the command prints with `--json`: JSON that every reader takes, for JSON itself has no NaN and no infinity."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checking import Check


def as_json(checks: "Sequence[tuple[int, Check]]") -> str:
    """An object for each seed: the verdict with a row for each tensor and its story, and what else was found."""
    return json.dumps(
        [
            strict(
                {
                    "seed": seed,
                    **asdict(check.verdict),
                    "init": check.init.called if check.init else None,
                    "given": check.init.applies_to if check.init else None,
                    "nothing_written": check.idle,
                    "told": check.told,
                    "failed": check.failed,
                    "unchecked": check.unchecked,
                }
            )
            for seed, check in checks
        ],
        indent=2,
        allow_nan=False,
    )


def strict(value: Any) -> Any:
    """The same with a word for each number that is not finite, which Python's `float` reads: `"NaN"`, `"-Infinity"`."""
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {name: strict(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [strict(each) for each in value]
    return value
