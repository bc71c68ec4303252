"""A whole model against its theory: every distinct tensor examined once, and the verdicts adjusted for their number."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from torch import nn

from ..module.tying import tied_groups
from ..module.walk import NamedTensor, named_tensors
from ..questions.theory import Expected, ModelVerdict, TensorTheory, Verdict, VerdictKind, VerdictRow
from ..recipe.schemes.promise import Promise
from ..tensor.readable import elements, known_shape
from .alike import alike
from .copied_within import repeats_within
from .curves import curve
from .examination import Finding, look
from .fans import fans
from .finite import not_finite
from .goodness import std_about
from .origins import Origin
from .padding import lost_padding
from .part_by_part import ONCE_MORE, parts_examined, together
from .probability import moments, support
from .repeats import BIT_FOR_BIT
from .symmetry import lit, model_lamps
from .verdict import judged

#: From what decides a model's verdict to what does not.
_WORST_FIRST: tuple[VerdictKind, ...] = ("violates", "inconsistent", "consistent", "cannot tell", "no theory")
_SAME_BYTES = ("same module", "same parameter", "same storage", "transposed view")


@dataclass(frozen=True)
class _Checked:
    """A distinct tensor, where its values come from, their mean and std, and the verdict on all its parts."""

    origin: Origin
    mean: float | None
    std: float | None
    verdict: Verdict


class ModelCheck:
    """The check of a model at one moment, which is read and not changed; `draws`: how many seeds are checked in all."""

    def __init__(self, model: nn.Module, origins: Mapping[str, Origin], draws: int = 1) -> None:
        self._entries = {entry.name: entry for entry in named_tensors(model)}
        groups = tied_groups(model)
        self._tied = {name: group.names for group in groups for name in group.names}
        same = [group.names for group in groups if group.kind in _SAME_BYTES]
        first = {n: names[0] for names in same for n in names if _expect_alike(origins[n], origins[names[0]])}
        self._first = {name: first.get(name, name) for name in self._entries}
        self._origins = origins
        distinct = list(dict.fromkeys(self._first.values()))
        findings = {name: parts_examined(self._entries[name].tensor, origins[name]) for name in distinct}
        verdicts = iter(judged([finding for parts in findings.values() for finding in parts], draws))
        lamps = model_lamps(model)
        self._padding = {self._first[name]: clause for name, clause in lost_padding(model).items()}
        self._checked = {
            name: self._together(name, parts, [next(verdicts) for _ in parts], lamps.get(name, ()))
            for name, parts in findings.items()
        }

    def _together(
        self, name: str, parts: Sequence[Finding], verdicts: Sequence[Verdict], lamps: tuple[str, ...]
    ) -> _Checked:
        origin, entry = self._origins[name], self._entries[name]
        known = len(parts) == 1 and parts[0].mean is not None
        mean, std = (parts[0].mean, parts[0].std) if known else _measured(entry)
        shape = known_shape(entry.tensor) or ()
        verdict = lit(together(origin, verdicts, shape), lamps)
        padding = self._padding.get(name, "") if verdict.kind != "violates" else ""  # which says what is wrong itself
        strange = not_finite(entry.tensor) if mean is None and verdict.kind != "violates" else ""
        again = _repeats_unpromised(entry, origin, verdict)
        said = "; ".join(filter(None, (verdict.sentence, strange, padding, again)))
        return _Checked(origin, mean, std, replace(verdict, sentence=said))

    def tensor(self, name: str) -> TensorTheory:
        """What the tensor of that name should be and whether it is.

        Raises:
            ValueError: there is none.
        """
        if name not in self._entries:
            raise ValueError(f"there is no tensor {name!r}; choose one of {', '.join(list(self._entries)[:8])}")
        entry, checked, origin = self._entries[name], self._checked[self._first[name]], self._origins[name]
        tensor, promise = entry.tensor, origin.promise
        others = tuple(other for other in self._tied.get(name, ()) if other != name)
        return TensorTheory(
            name=name,
            shape=known_shape(tensor),
            dtype=str(tensor.dtype).removeprefix("torch."),
            numel=elements(tensor),
            tied_with=others,
            source=origin.text,
            step=origin.step,
            expected=None if promise is None else expected(promise),
            mean=checked.mean,
            std=checked.std,
            verdict=checked.verdict,
            fans=fans(entry, tuple(self._entries[other] for other in others)),
            story=origin.story,
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
            shape=known_shape(tensor),
            numel=elements(tensor),
            tied_with=tuple(other for other in self._tied.get(name, ()) if other != name),
            source=checked.origin.text,
            label=known.distribution.label if known else "",
            expected_std=moments(known.distribution).std if known else None,
            std=checked.std if known else None,
            verdict=checked.verdict,
            story=checked.origin.story,
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


def _expect_alike(one: Origin, other: Origin) -> bool:
    """Whether of two names of the same bytes the same is expected: of a view of another shape more can be declared."""
    sides = [{(each.broken, each.promise and each.promise.distribution) for each in o.premises} for o in (one, other)]
    return sides[0] == sides[1]


def _repeats_unpromised(entry: NamedTensor, origin: Origin, verdict: Verdict) -> str:
    """What repeats in a tensor that no promise made of all of it says anything about; "" where the verdict tells it."""
    groups = alike(origin.premises)
    is_judged = len(groups) == 1 and groups[0][0].promise is not None
    is_told = BIT_FOR_BIT in verdict.sentence or ONCE_MORE in verdict.sentence
    return "" if is_judged or is_told or not groups else repeats_within(entry, origin.story)


def _measured(entry: NamedTensor) -> tuple[float | None, float | None]:
    """Mean, and std about it, of a tensor of which nothing is expected."""
    seen = look(entry.tensor)
    if isinstance(seen, Verdict):
        return None, None
    return seen.whole.mean, std_about(seen.whole, seen.whole.mean)
