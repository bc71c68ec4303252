"""Whether an initialization does what it says, without a browser.

    python -m core.check path/to/model.py:build --init path/to/inits.py:my_init --seed 0..9
    python -m core.check package.models:build --init xavier_uniform --json

`build` returns an nn.Module without arguments, or is one. `my_init` takes a module, as `net.apply` calls it, or a
tensor: each `weight` of two axes or more (where its first parameter is annotated so, or called w, weight, t, tensor, p,
param or parameter). What it `expects`, an attribute of it or of its file, is the theory; without --init, the defaults
of PyTorch's modules are. The exit status is 1 where a tensor violates its theory or is inconsistent with it, 2 where
nothing could be checked.
"""

import argparse
import copy
import inspect
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from . import text
from .code.loading import load
from .code.seeding import seed_streams
from .module.walk import NamedTensor, named_tensors
from .questions.theory import ModelVerdict
from .recipe import expects
from .recipe.expectations import Default, Expectations
from .recipe.schemes import SCHEMES, promise_of, resolve_options
from .replay.initializing import initialize, refusal
from .tensor.compare import changed_elements
from .theory.ledger import Origin
from .theory.model_verdict import ModelCheck
from .theory.origins import declared_origin, origins_when_built

_TENSOR_NAMES = ("w", "weight", "t", "tensor", "p", "param", "parameter")
_MOST_SEEDS = 1000

Initializer = Callable[[Any], Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, print, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m core.check", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("build", help="path/to/model.py:build or package.module:build")
    parser.add_argument(
        "--init", help="path/to/inits.py:my_init, package.module:my_init, or a scheme such as orthogonal"
    )
    parser.add_argument("--seed", default="0", help="one seed, or a range such as 0..9, all of which have to pass")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    options = parser.parse_args(arguments)
    try:
        drawn = seeds(options.seed)
        verdicts = [(seed, check(options.build, options.init, seed, len(drawn))) for seed in drawn]
    except ValueError as error:
        print(f"core.check: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps([{"seed": seed, **asdict(verdict)} for seed, verdict in verdicts], indent=2))
    else:
        print("\n".join(table(seed, verdict) for seed, verdict in verdicts))
    return 1 if any(verdict.kind in ("violates", "inconsistent") for _, verdict in verdicts) else 0


def seeds(written: str) -> range:
    """`3` is one seed, `0..9` ten.

    Raises:
        ValueError: it is neither.
    """
    first, _, last = written.partition("..")
    if not first.isdigit() or not (last or first).isdigit():
        raise ValueError(f"--seed {written!r} is no seed; write 3, or 0..9")
    found = range(int(first), int(last or first) + 1)
    if not 0 < len(found) <= _MOST_SEEDS:
        raise ValueError(f"--seed {written!r} holds {len(found)} seeds; ask for 1 to {_MOST_SEEDS}")
    return found


def check(build: str, init: str | None, seed: int, draws: int = 1) -> ModelVerdict:
    """The verdict on a model drawn with `seed`, one of so many `draws` that all have to pass.

    Raises:
        ValueError: a reference names nothing that can be used, or its code fails.
    """
    seed_streams(seed)
    model = _built(build)
    origins = origins_when_built(model)
    if init is not None:
        origins |= _drawn(model, init, seed)
    return ModelCheck(model, origins, draws).model()


def _built(reference: str) -> nn.Module:
    found, _ = load(reference)
    model = _called(reference, found) if callable(found) and not isinstance(found, nn.Module) else copy.deepcopy(found)
    if not isinstance(model, nn.Module):
        raise ValueError(f"{reference} gives a {type(model).__name__}; it needs to give an nn.Module")
    return model


def _drawn(model: nn.Module, init: str, seed: int) -> dict[str, Origin]:
    """Carry out the initialization on a model, and the origins of what it touched or declares."""
    seed_streams(seed)
    scheme = init.removeprefix("torch.nn.init:").removesuffix("_")
    if scheme in SCHEMES:
        return _scheme_drawn(model, scheme)
    found, module = load(init)
    if not callable(found):
        raise ValueError(f"{init} is a {type(found).__name__}; it needs to be a function of a module or a tensor")
    declared = getattr(found, "expects", getattr(module, "expects", None))
    expected = None if declared is None else expects.expectations(declared)
    before = {e.name: (e.tensor, _writes(e.tensor), e.tensor.detach().clone()) for e in _with_values(model)}
    _apply(model, init, found)
    touched = {e.name for e in _with_values(model) if _touched(e, before.get(e.name))}
    return _declared(model, init.rpartition(":")[2], expected, touched)


def _scheme_drawn(model: nn.Module, scheme: str) -> dict[str, Origin]:
    options, drawn = resolve_options(scheme, {}), {}
    for entry in _weights(model):
        if refusal(entry.tensor, scheme, options) is None:
            initialize(entry.tensor, scheme, options)
            drawn[id(entry.tensor)] = Origin(promise_of(scheme, options, tuple(entry.tensor.shape)), scheme)
    if not drawn:
        raise ValueError(f"{scheme} fits no weight of this model; choose another scheme")
    return {e.name: drawn[id(e.tensor)] for e in named_tensors(model) if id(e.tensor) in drawn}


def _apply(model: nn.Module, reference: str, function: Initializer) -> None:
    with torch.no_grad():
        if _takes_tensor(function):
            for entry in _weights(model):
                _called(reference, function, entry.tensor)
        else:
            _called(reference, model.apply, function)


def _takes_tensor(function: Initializer) -> bool:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # built in: torch's own take tensors
        return True
    if not parameters:
        return False
    annotation = str(getattr(parameters[0].annotation, "__name__", parameters[0].annotation))
    return annotation.endswith(("Tensor", "Parameter")) or parameters[0].name in _TENSOR_NAMES


def _called(reference: str, function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:  # whatever one's own code raises
        reason = (str(error).strip().splitlines() or [""])[0]
        raise ValueError(f"{reference} raises {type(error).__name__}: {reason}") from error


def _with_values(model: nn.Module) -> list[NamedTensor]:
    return [e for e in named_tensors(model) if not nn.parameter.is_lazy(e.tensor) and not e.tensor.is_meta]


def _weights(model: nn.Module) -> list[NamedTensor]:
    """Every distinct parameter called weight that has two axes or more."""
    found = {id(e.tensor): e for e in reversed(_with_values(model)) if e.name.rpartition(".")[2] == "weight"}
    return [e for e in reversed(found.values()) if e.kind == "parameter" and e.tensor.dim() > 1]


def _touched(entry: NamedTensor, before: tuple[Tensor, int, Tensor] | None) -> bool:
    """Whether it was written: torch counts that, except through `.data`, where the bits tell."""
    if before is None or entry.tensor is not before[0] or _writes(entry.tensor) != before[1]:
        return True
    return changed_elements(before[2], entry.tensor) != 0


def _writes(tensor: Tensor) -> int:
    return tensor._version  # noqa: SLF001 (torch counts writes nowhere else)


def _declared(model: nn.Module, who: str, expected: Expectations | None, touched: set[str]) -> dict[str, Origin]:
    """Origins of what was touched, and of what a pattern other than `*` names, touched or not."""
    found = {}
    for entry in named_tensors(model):
        spec = expected.of(entry.name) if expected else None
        if isinstance(spec, Default) or (entry.name not in touched and (not spec or expected == _everything(spec))):
            continue
        if spec is None:
            found[entry.name] = Origin(
                None, f"{who} declares nothing about it; write for example expects = normal(0, 0.02)"
            )
        else:
            found[entry.name] = declared_origin(spec, tuple(entry.tensor.shape), who)
    return found


def _everything(spec: Any) -> Expectations:
    return Expectations((("*", spec),))


def table(seed: int, verdict: ModelVerdict) -> str:
    """The verdict as text, a line for each distinct tensor."""
    cells = [
        (row.verdict.kind, text.plain(row.name, 60), text.shape(row.shape), row.label, row.verdict.sentence)
        for row in verdict.rows
    ]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(4)]
    lines = [
        "  ".join([*(part.ljust(width) for part, width in zip(row, widths, strict=False)), row[4]]) for row in cells
    ]
    return "\n".join([f"seed {seed}: {verdict.sentence}", *(f"  {line}" for line in lines)])


if __name__ == "__main__":
    sys.exit(main())
