"""What a person declares, laid over what was observed: from then on a tensor is judged by what was declared."""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from ..questions.story import Story
from ..recipe.expectations import Anything, Default, Expectations, Part, Spec
from ..recipe.schemes.promise import Promise, Shape
from ..recipe.slices import Box
from .alike import first_of
from .declarations import promise_declared
from .premises import Declared, Premise, is_of_each_value, premises, rest
from .probability import cdf, moments

#: Largest distance of two distribution functions at which one still passes for the other.
_SAME = 0.03


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


def declared_premises(declaration: Declaration, name: str, shape: Shape, story: Story) -> Declared | None:
    """How a declaration changes what is known of the tensor of that name and shape; None where it does not."""
    whole = Box.whole(shape)
    if declaration.problem and name in declaration.touched:
        return lambda _: (Premise(whole, None, declaration.problem, step=declaration.step),)
    expected = declaration.expected
    inside = not declaration.root or name.startswith(f"{declaration.root}.")
    if expected is None or not (inside or name in declaration.touched):
        return None
    held = not declaration.step or name in declaration.touched or expected.is_named(name) or not declaration.wrote
    spec = expected.of(name) if held else None
    try:
        parts = expected.parts(name, shape)
    except ValueError as error:
        text = f"{declaration.who} declares what does not fit: {error}"
        return lambda _: (Premise(whole, None, text, step=declaration.step),)
    if isinstance(spec, Default) and not declaration.step:
        spec = None
    if spec is None and not parts:
        return None
    return partial(_all_laid, declaration, spec, parts, story, whole)


def _all_laid(
    declaration: Declaration,
    spec: Spec | None,
    parts: tuple[Part, ...],
    story: Story,
    whole: Box,
    before: tuple[Premise, ...],
) -> tuple[Premise, ...]:
    """A declaration in place of what was known: of the whole tensor, and of parts of it over that."""
    now = before if spec is None else _once_more(_laid(declaration, spec, story, whole, before), before)
    for part in parts:
        under = [rest(piece, left) for piece in now for left in piece.part.minus(part.box)]
        below = tuple(rest(piece, common) for piece in before if (common := piece.part & part.box).numel)
        over = _laid(declaration, part.spec, story, Box.whole(part.shape), below)
        now = (*under, *(replace(each, part=part.box) for each in over))
    return now


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
    dtype = before[0].dtype if len(before) == 1 else ""
    broken = "" if declaration.wrote else f"{who} declares {promise.distribution.label} of it, and wrote to nothing"
    contradicted = _contradiction(promise, before, declaration)
    return (Premise(whole, promise, f"{who} declares it", whole.shape, step, dtype, broken, contradicted),)


def _default(story: Story, whole: Box) -> tuple[Premise, ...]:
    """What the tensor was by PyTorch's default."""
    first = next((each for each in (*story.earlier, story) if each.kind == "default"), None)
    if first is None:
        return (Premise(whole, None, "a default of PyTorch's, of which nothing was seen"),)
    defaults = [each for each in (*story.earlier, story) if each.kind == "default"]
    return premises(replace(defaults[-1], earlier=tuple(defaults[:-1])), whole.shape)


def _contradiction(promise: Promise, before: tuple[Premise, ...], declaration: Declaration) -> str:
    """Why what was observed cannot be what is declared; "" where it can, or where nothing was observed of all of it."""
    seen = before[0] if len(before) == 1 else None
    if seen is None or seen.promise is None or seen.step != declaration.step or _is_alike(promise, seen.promise):
        return ""
    label = promise.distribution.label
    return f"{declaration.who} declares {label}, but it was {seen.text}, which is {seen.promise.distribution.label}"


def _is_alike(first: Promise, second: Promise) -> bool:
    if first.distribution == second.distribution:
        return True
    spread = [moments(each.distribution) for each in (first, second)]
    low = min(each.mean - 6 * each.std for each in spread)
    high = max(each.mean + 6 * each.std for each in spread)
    grid = np.linspace(low, high, 2001) if low < high else np.asarray([low])
    apart = np.abs(cdf(first.distribution, grid) - cdf(second.distribution, grid))
    return bool(apart.max() <= _SAME)
