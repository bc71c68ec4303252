"""What a person declares, laid over what was observed: from then on a tensor is judged by what was declared."""

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations

import numpy as np

from ..questions.story import Story
from ..recipe.expectations import Anything, Default, Expectations, Part, Spec
from ..recipe.schemes.promise import Exactly, Promise, Shape
from ..recipe.slices import Box
from .alike import first_of
from .declarations import promise_declared
from .premises import Declared, Premise, is_of_each_value, premises, rest
from .probability import cdf, moments

#: Largest distance of two distribution functions at which one still passes for the other.
_SAME = 0.03
#: Of single precision: what numbers differ by less are told apart by the values alone.
_LAST_PLACE = 2.0**-23


@dataclass(frozen=True)
class Declaration:
    """What a model, or code of a step, declares.

    Attributes:
        step: 0 for the build; who: declares; expected: of which tensors, None where nothing, or nothing readable.
        root: qualified name of the module in which the code ran; touched: names of what it wrote to.
        wrote: whether it wrote to anything; problem: why its declaration cannot be read, "" where it can.
    """

    step: int
    who: str
    expected: Expectations | None
    root: str = ""
    touched: frozenset[str] = field(default_factory=frozenset)
    wrote: bool = True
    problem: str = ""


@dataclass(frozen=True)
class Subject:
    """The tensor that a declaration is held against.

    Attributes:
        names: all under which it is known, its own first; shape: its own; story: who wrote it.
        padding: its row for padding, which may be zero whatever is declared of it; None where it has none.
    """

    names: tuple[str, ...]
    shape: Shape
    story: Story
    padding: Box | None = None


def declared_premises(declaration: Declaration, subject: Subject) -> Declared | None:
    """How a declaration changes what is known of a tensor; None where it does not."""
    whole, names = Box.whole(subject.shape), subject.names
    touched = not declaration.touched.isdisjoint(names)
    if declaration.problem and touched:
        return lambda _: (Premise(whole, None, declaration.problem, step=declaration.step),)
    expected = declaration.expected
    inside = not declaration.root or any(name.startswith(f"{declaration.root}.") for name in names)
    if expected is None or not (inside or touched):
        return None
    held = not declaration.step or touched or expected.is_named(*names) or not declaration.wrote
    spec = expected.of(*names) if held else None
    if held and (torn := _torn(expected, names)):
        text = f"{declaration.who} {torn}"
        return lambda _: (Premise(whole, None, text, step=declaration.step, broken=text),)
    try:
        parts = expected.parts(names[0], subject.shape, *names[1:])
    except ValueError as error:
        text = f"{declaration.who} declares what does not fit: {error}"
        return lambda _: (Premise(whole, None, text, step=declaration.step),)
    if isinstance(spec, Default) and not declaration.step:
        spec = None
    if spec is None and not parts:
        return None
    return partial(_all_laid, declaration, spec, parts, subject)


def _torn(expected: Expectations, names: tuple[str, ...]) -> str:
    """Which names of one tensor have claims of their own that differ, so that it cannot be as declared; "" if none."""
    claims = [(name, claim) for name in names if (claim := expected.claim(name)) is not None]
    for (name, claim), (other, second) in combinations(claims, 2):
        apart = not claim.is_about(other) and not second.is_about(name) and claim.spec != second.spec
        if apart and not any(isinstance(each.spec, Anything | Default) for each in (claim, second)):
            return f"declares {name} and {other} differently, which are one tensor"
    return ""


def _all_laid(
    declaration: Declaration,
    spec: Spec | None,
    parts: tuple[Part, ...],
    subject: Subject,
    before: tuple[Premise, ...],
) -> tuple[Premise, ...]:
    """A declaration in place of what was known: of the whole tensor, and of parts of it over that."""
    now, story = before, subject.story
    if spec is not None:
        whole = Box.whole(subject.shape)
        padding, others = _padding_apart(before, subject.padding)
        laid = _once_more(_laid(declaration, spec, story, whole, others), before)
        now = (*(rest(piece, left) for piece in laid for left in _without(piece.part, padding)), *padding)
    for part in parts:
        under = [rest(piece, left) for piece in now for left in piece.part.minus(part.box)]
        below = tuple(rest(piece, common) for piece in before if (common := piece.part & part.box).numel)
        over = _laid(declaration, part.spec, story, Box.whole(part.shape), below)
        now = (*under, *(replace(each, part=part.box) for each in over))
    return now


def _padding_apart(before: tuple[Premise, ...], row: Box | None) -> tuple[tuple[Premise, ...], tuple[Premise, ...]]:
    """What is known of a row for padding that was zeroed, none where it was not; and what is known beside it."""
    padding = tuple(rest(piece, common) for piece in before if row and (common := piece.part & row).numel)
    if row is None or len(padding) == len(before) or not all(map(_is_zero, padding)):
        return (), before
    return padding, tuple(rest(piece, left) for piece in before for left in piece.part.minus(row))


def _is_zero(piece: Premise) -> bool:
    return piece.promise is not None and piece.promise.structure == Exactly("constant", 0.0)


def _without(part: Box, pieces: tuple[Premise, ...]) -> list[Box]:
    """What is left of a part without those pieces."""
    left = [part]
    for piece in pieces:
        left = [each for box in left for each in box.minus(piece.part)]
    return left


def _once_more(declared: tuple[Premise, ...], before: tuple[Premise, ...]) -> tuple[Premise, ...]:
    """What is declared of a tensor, part by part where the same draws were seen to stand in it more than once."""
    only = declared[0]
    stand = any(first_of(premise, before) is not None for premise in before)
    if len(declared) > 1 or not stand or only.promise is None or not is_of_each_value(only.promise):
        return declared
    return tuple(replace(only, part=each.part, shape=None, draw=each.draw, way=each.way) for each in before)


def _laid(
    declaration: Declaration, spec: Spec, story: Story, whole: Box, before: tuple[Premise, ...]
) -> tuple[Premise, ...]:
    """A declaration of a whole tensor in place of what was known."""
    who, step = declaration.who, declaration.step
    if isinstance(spec, Anything):
        return (Premise(whole, None, f"{who} makes no claim about it", step=step),)
    if isinstance(spec, Default):
        return tuple(replace(each, step=step, text=f"{who} declares {each.text}") for each in _default(story, whole))
    try:
        promise = promise_declared(spec, whole.shape)
    except ValueError as error:
        return (Premise(whole, None, f"{who} declares what does not fit: {error}", step=step),)
    promise = _as_rounded(promise, before)
    seen = _seen(before)
    dtype = "" if seen is None else seen.dtype
    broken = "" if declaration.wrote else f"{who} declares {promise.distribution.label} of it, and wrote to nothing"
    contradicted = "" if seen is None else _contradiction(promise, seen, declaration)
    return (Premise(whole, promise, f"{who} declares it", whole.shape, step, dtype, broken, contradicted),)


def _default(story: Story, whole: Box) -> tuple[Premise, ...]:
    """What the tensor was by PyTorch's default."""
    first = next((each for each in (*story.earlier, story) if each.kind == "default"), None)
    if first is None:
        return (Premise(whole, None, "a default of PyTorch's, of which nothing was seen"),)
    defaults = [each for each in (*story.earlier, story) if each.kind == "default"]
    return premises(replace(defaults[-1], earlier=tuple(defaults[:-1])), whole.shape)


def _number(promise: Promise) -> float | None:
    """The number that all values should be, None where they should be no such thing."""
    known = promise.structure
    return known.value if isinstance(known, Exactly) and known.kind == "constant" else None


def _seen(before: tuple[Premise, ...]) -> Premise | None:
    """What was observed of all parts alike; None where there is no such thing."""
    first, *others = before
    alike = all((each.promise, each.step, each.dtype) == (first.promise, first.step, first.dtype) for each in others)
    return first if alike else None


def _as_rounded(promise: Promise, before: tuple[Premise, ...]) -> Promise:
    """What is declared, as far as observed arithmetic, or that of the declared numbers, may have rounded it."""
    known = [each.promise for each in before if each.promise is not None]
    single = is_of_each_value(promise)
    own = max((abs(atom.value) for atom in promise.distribution.atoms if single), default=0.0)
    rounded, ticks = max([own, *(each.rounded for each in known)]), max((each.ticks for each in known), default=0.0)
    return replace(promise, rounded=rounded, ticks=ticks)


def _contradiction(promise: Promise, seen: Premise, declaration: Declaration) -> str:
    """Why what was observed cannot be what is declared; "" where it can, or where nothing was observed of all of it."""
    if seen.promise is None or seen.step != declaration.step or _is_alike(promise, seen.promise):
        return ""
    label = promise.distribution.label
    return f"{declaration.who} declares {label}, but it was {seen.text}, which is {seen.promise.distribution.label}"


def _is_alike(first: Promise, second: Promise) -> bool:
    if first.distribution == second.distribution:
        return True
    one, other = (_number(each) for each in (first, second))
    if one is not None and other is not None:
        return abs(one - other) <= _LAST_PLACE * max(first.rounded, second.rounded)
    spread = [moments(each.distribution) for each in (first, second)]
    low = min(each.mean - 6 * each.std for each in spread)
    high = max(each.mean + 6 * each.std for each in spread)
    grid = np.linspace(low, high, 2001) if low < high else np.asarray([low])
    apart = np.abs(cdf(first.distribution, grid) - cdf(second.distribution, grid))
    return bool(apart.max() <= _SAME)
