"""A whole model against its theory: every distinct tensor examined once, and the verdicts adjusted for their number."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from torch import nn
from torch.nn.parameter import is_lazy

from ..module.tying import tied_groups
from ..module.walk import NamedTensor, named_tensors
from ..questions.theory import Expected, ModelVerdict, TensorTheory, Verdict, VerdictKind, VerdictRow
from ..recipe.schemes.promise import Promise
from ..text import error_line
from .curves import curve
from .examination import Finding, examined, look
from .fans import fans
from .goodness import std_about
from .ledger import Origin
from .probability import moments, support
from .verdict import judged

#: From what decides a model's verdict to what does not.
_WORST_FIRST: tuple[VerdictKind, ...] = ("violates", "inconsistent", "consistent", "cannot tell", "no theory")
#: How the sentence begins on a tensor whose examination failed.
UNEXAMINED = "it cannot be examined: "
_SAME_BYTES = ("same module", "same parameter", "same storage", "transposed view")


@dataclass(frozen=True)
class _Checked:
    """A distinct tensor, its source, and what was found."""

    origin: Origin
    finding: Finding
    verdict: Verdict


class ModelCheck:
    """The check of a model at one moment, which is read and not changed; `draws`: how many seeds are checked in all."""

    def __init__(self, model: nn.Module, origins: Mapping[str, Origin], draws: int = 1) -> None:
        self._entries = {entry.name: entry for entry in named_tensors(model)}
        groups = tied_groups(model)
        self._tied = {name: group.names for group in groups for name in group.names}
        first = {name: group.names[0] for group in groups if group.kind in _SAME_BYTES for name in group.names}
        self._first = {name: first.get(name, name) for name in self._entries}
        self._origins = origins
        distinct = list(dict.fromkeys(self._first.values()))
        findings = [self._examined(name) for name in distinct]
        verdicts = judged(findings, draws)
        self._checked = {
            name: _Checked(origins[name], finding, verdict)
            for name, finding, verdict in zip(distinct, findings, verdicts, strict=True)
        }

    def _examined(self, name: str) -> Finding:
        origin, tensor = self._origins[name], self._entries[name].tensor
        if origin.promise is not None and not is_lazy(tensor):
            try:
                return examined(look(tensor), origin.promise)
            except (
                RuntimeError,
                ArithmeticError,
                ValueError,
                MemoryError,
            ) as error:  # of this one alone
                sentence = f"{UNEXAMINED}{error_line(error)}; its values are outside of what can be computed with"
                return Finding(None, None, Verdict("cannot tell", sentence))
        return Finding(None, None, Verdict("no theory", origin.text))

    def tensor(self, name: str) -> TensorTheory:
        """What the tensor of that name should be and whether it is.

        Raises:
            ValueError: there is none.
        """
        if name not in self._entries:
            raise ValueError(f"there is no tensor {name!r}; choose one of {', '.join(list(self._entries)[:8])}")
        entry, checked, origin = self._entries[name], self._checked[self._first[name]], self._origins[name]
        tensor, finding = entry.tensor, checked.finding
        mean, std = finding.mean, finding.std
        if origin.promise is None:
            mean, std = _measured(entry)
        others = tuple(other for other in self._tied.get(name, ()) if other != name)
        return TensorTheory(
            name=name,
            shape=None if is_lazy(tensor) else tuple(tensor.shape),
            dtype=str(tensor.dtype).removeprefix("torch."),
            numel=0 if is_lazy(tensor) else tensor.numel(),
            tied_with=others,
            source=origin.text,
            step=origin.step,
            expected=None if origin.promise is None else expected(origin.promise),
            mean=mean,
            std=std,
            verdict=checked.verdict,
            fans=fans(entry, tuple(self._entries[other] for other in others)),
        )

    def model(self) -> ModelVerdict:
        """The verdict on the model, with a row for each distinct tensor."""
        rows = tuple(self._row(name) for name in self._checked)
        counts = Counter(row.verdict.kind for row in rows)
        kind: VerdictKind = next((kind for kind in _WORST_FIRST if counts[kind]), "no theory")
        listed = ", ".join(f"{counts[kind]} {_IN_A_LIST[kind]}" for kind in _WORST_FIRST if counts[kind])
        return ModelVerdict(kind, f"{len(rows)} tensors: {listed}" if listed else "it has no tensors", rows)

    def _row(self, name: str) -> VerdictRow:
        checked, tensor = self._checked[name], self._entries[name].tensor
        known = checked.origin.promise
        return VerdictRow(
            name=name,
            shape=None if is_lazy(tensor) else tuple(tensor.shape),
            numel=0 if is_lazy(tensor) else tensor.numel(),
            tied_with=tuple(other for other in self._tied.get(name, ()) if other != name),
            source=checked.origin.text,
            label=known.distribution.label if known else "",
            expected_std=moments(known.distribution).std if known else None,
            std=checked.finding.std,
            verdict=checked.verdict,
        )


_IN_A_LIST: dict[VerdictKind, str] = {
    "violates": "in violation of theory",
    "inconsistent": "inconsistent",
    "consistent": "consistent",
    "cannot tell": "too small to tell",
    "no theory": "without theory",
}


def expected(promise: Promise) -> Expected:
    """A theory as a record."""
    low, high = support(promise.distribution)
    about = moments(promise.distribution)
    return Expected(
        label=promise.distribution.label,
        curve=curve(promise.distribution),
        algebra=promise.algebra,
        mean=about.mean,
        std=about.std,
        support=(low if isfinite(low) else None, high if isfinite(high) else None),
    )


def _measured(entry: NamedTensor) -> tuple[float | None, float | None]:
    """Mean, and std about it, of a tensor of which nothing is expected."""
    seen = look(entry.tensor)
    if isinstance(seen, Verdict):
        return None, None
    return seen.whole.mean, std_about(seen.whole, seen.whole.mean)
