"""From a tensor's story to what it should be, part by part: each part is judged as what wrote it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from ..questions.story import Story
from ..questions.story_words import in_words
from ..recipe.schemes.promise import Exactly, Orthogonal, Promise, Shape
from ..recipe.slices import Box, Places
from .promised import promised
from .rounding import coarser, dtype_named
from .transform import is_by_place, transformed


@dataclass(frozen=True)
class Premise:
    """What one part of a tensor should be.

    Attributes:
        part: of the tensor; promise: None where nothing is promised; text: who promises it, or why nobody does.
        shape: of what was drawn in one go, None where the part is only some of that.
        step: 0 for the build; dtype: the narrowest one that the values went through, "" for that of the tensor.
        broken: why the part cannot be as promised, whatever its values are; "" where it can.
        contradicted: why what was observed cannot be what is declared, "" where it can; told where values tell nothing.
        unwritten: whether the values are those that memory held before.
        draw: which of all draws its values are, "" where not known; way: through which writes they came, the last
            first. What came another way from the same draw are its values once more.
    """

    part: Box
    promise: Promise | None
    text: str
    shape: Shape | None = None
    step: int = 0
    dtype: str = ""
    broken: str = ""
    contradicted: str = ""
    unwritten: bool = False
    draw: str = ""
    way: tuple[int, ...] = ()

    def part_of(self, box: Box, size: int) -> "Premise":
        """The same of that part of a tensor, which is all that was written, so many values, or some of it."""
        if box.numel == size:
            return replace(self, part=box)
        kept = self.promise if self.promise is None or is_of_each_value(self.promise) else None
        return replace(self, part=box, shape=None, promise=kept)


_NOTHING = "; nothing is promised of that"
#: What is declared of a tensor after a step: given what there is before, what there is then.
Declared = Callable[[tuple[Premise, ...]], tuple[Premise, ...]]


def premises(story: Story, shape: Shape, declared: Mapping[int, Declared] | None = None) -> tuple[Premise, ...]:
    """What each part of a tensor of that shape should be, by its story, parts together covering it once.

    Args:
        story: of the tensor; shape: its own; declared: by step, what was declared after it.
    """
    whole = Box.whole(shape)
    pieces: tuple[Premise, ...] = (Premise(whole, None, "nothing is known of it"),)
    pending = dict(declared or {})
    for index, write in enumerate((*story.earlier, story)):
        for step in sorted(step for step in pending if step < write.step):
            pieces = pending.pop(step)(pieces)
        pieces = tuple(_after(pieces, write, shape, index))
    for step in sorted(pending):
        pieces = pending[step](pieces)
    return tuple(piece for piece in pieces if piece.part.numel or not whole.numel)


def _after(pieces: tuple[Premise, ...], write: Story, shape: Shape, index: int) -> Iterator[Premise]:
    """The pieces after a write, the one of that index among the tensor's."""
    box = Box.read(write.part, shape)
    if box is None:
        yield Premise(Box.whole(shape), None, f"{in_words(write)}, in places that are no slices of it", step=write.step)
        return
    sets = not _changes(write)
    for piece in pieces:
        for left in piece.part.minus(box):
            yield rest(piece, left)
        common = piece.part & box
        if common.numel and not sets:
            yield _changed(rest(piece, common), write)
    if sets:
        yield from (replace(each, way=(index, *each.way)) for each in _set(write, box))


def _changes(write: Story) -> bool:
    """Whether a write computes from what is there, rather than putting something in its place."""
    inner = _inner(write)
    return inner.kind == "transformed" and inner.function.endswith("_") and not inner.is_put_here


def _inner(write: Story) -> Story:
    """What a module's default did, or the write itself."""
    return write.of if write.kind == "default" and write.of is not None else write


def rest(piece: Premise, part: Box) -> Premise:
    """What is left of a piece: its values are as they were, what they fulfilled together does not hold of some."""
    if part == piece.part:
        return piece
    if piece.promise is None or is_of_each_value(piece.promise):
        return replace(piece, part=part, shape=None)
    return replace(piece, part=part, promise=None, shape=None, text=f"{piece.text}, of which a part was overwritten")


def _changed(piece: Premise, change: Story) -> Premise:
    text = f"{piece.text.removesuffix(_NOTHING)}, then {_said(change)}"
    at_once = change.shape is not None and not change.turned and piece.part == Box.whole(change.shape)
    return _with_reason(replace(_made_of(piece, _inner(change), at_once=at_once), text=text, step=change.step))


def _with_reason(piece: Premise) -> Premise:
    """The piece, and that nothing is promised of it where that is so."""
    return piece if piece.promise is not None else replace(piece, text=f"{piece.text.removesuffix(_NOTHING)}{_NOTHING}")


def _made_of(piece: Premise, change: Story, *, at_once: bool) -> Premise:
    """A piece after a change; `at_once`: whether all that changed is this piece, in the places that it stands in."""
    if piece.promise is None:
        return piece
    if not is_by_place(change):
        return replace(piece, promise=transformed(piece.promise, change))
    after = transformed(piece.promise, change) if at_once and _is_default(change) else None
    return replace(piece, promise=after, shape=change.shape)


def _is_default(change: Story) -> bool:
    """Whether `diag_embed` was called as `torch.diag` calls it."""
    usual = {"offset": 0, "dim1": -2, "dim2": -1}
    return all(change.arguments.get(name, value) == value for name, value in usual.items())


def _set(write: Story, box: Box) -> Iterator[Premise]:
    """What a write that leaves nothing of what there was gives, in its place in the tensor."""
    size = prod(write.shape) if write.shape is not None and not write.turned else -1
    given = set_by(write)
    if len(given) == 1 and write.turned and write.shape == box.shape[::-1] and _is_symmetric(given[0].promise):
        yield replace(given[0], part=box, shape=None)
    elif len(given) == 1:
        yield given[0].part_of(box, size)
    elif write.shape is not None and _long(write.shape) == _long(box.shape) and not write.turned:
        yield from (replace(each, part=_placed(each.part, write.shape, box)) for each in given)
    else:
        yield Premise(box, None, f"{in_words(write)}, in parts that cannot be told apart here", step=write.step)


def _is_symmetric(promise: Promise | None) -> bool:
    """Whether a matrix's transpose has what it has."""
    structure = promise.structure if promise is not None else None
    return isinstance(structure, Orthogonal) or (isinstance(structure, Exactly) and structure.kind == "eye")


def is_of_each_value(promise: Promise) -> bool:
    """Whether a promise is about single values, so that it holds of some as of all."""
    structure = promise.structure
    return structure is None or (isinstance(structure, Exactly) and structure.kind == "constant")


def _long(shape: Shape) -> list[int]:
    """The sizes of a shape without axes of one, which come and go without moving anything."""
    return [n for n in shape if n != 1]


def _placed(inner: Box, shape: Shape, outer: Box) -> Box:
    """A part of a tensor of that shape, which is a part of another, as part of the other."""
    within = (places for places, n in zip(inner.places, shape, strict=True) if n != 1)
    moved = ((next(within) if len(o) != 1 else Places(0, 1), o) for o in outer.places)
    return Box(
        tuple(
            Places(o.start + o.step * i.start, o.start + o.step * (i.stop - 1) + 1, o.step * i.step) for i, o in moved
        )
    )


def set_by(write: Story) -> tuple[Premise, ...]:
    """What a write gives by itself, part by part of what was written."""
    text = _said(write)
    if write.kind == "default" and write.of is not None:
        return tuple(replace(each, text=text, step=write.step) for each in set_by(write.of))
    if write.kind in ("copied", "loaded", "transformed", "filled") and write.of is not None:
        was = write.shape[:-1] if write.function == "diag_embed" and write.shape is not None else write.shape
        of = premises(write.of, was) if was is not None else ()
        if not of:
            return (_only(write),)
        taken = tuple(replace(each, text=text, step=write.step) for each in of)
        if write.kind in ("copied", "loaded"):
            return tuple(map(_with_reason, taken))
        made = tuple(_with_reason(_of_change(each, write, at_once=len(taken) == 1)) for each in taken)
        return (
            made if was == write.shape else tuple(replace(each, part=Box.whole(write.shape or ())) for each in made[:1])
        )
    return (_only(write),)


def _said(write: Story) -> str:
    """A write in words, without its place, which the part that it is said of tells."""
    return in_words(replace(write, part=""))


def _of_change(piece: Premise, write: Story, *, at_once: bool) -> Premise:
    if write.function == "to":
        dtype = str(write.arguments.get("dtype", ""))
        return replace(piece, promise=_in_dtype(piece.promise, dtype), dtype=_narrower(piece.dtype, dtype))
    if write.is_put_here:
        return piece
    return _made_of(piece, replace(write, of=None), at_once=at_once)


def _in_dtype(promise: Promise | None, dtype: str) -> Promise | None:
    """The promise for values of that dtype; of whole numbers, only a small constant is surely kept as it was."""
    if promise is None or not dtype or "float" in dtype or "complex" in dtype:
        return promise
    exactly = promise.structure if isinstance(promise.structure, Exactly) else None
    most = 1 if dtype == "bool" else 127
    value = 0.5 if exactly is None else exactly.value if exactly.kind == "constant" else exactly.scale
    is_kept = value.is_integer() and 0 <= value <= most
    return promise if is_kept else None


def _narrower(one: str, other: str) -> str:
    """Of two dtypes the one with the wider steps: a wider one brings nothing back that was rounded away."""
    first, second = dtype_named(one), dtype_named(other)
    if first is None or second is None:
        return other if first is None else one
    return one if coarser(first, second) == first else other


def _only(write: Story) -> Premise:
    shape = write.shape or ()
    promise = _in_dtype(promised(write, shape), write.dtype)
    unwritten = write.kind == "never written"
    why = "; no seed and no link repeats that" if unwritten else _NOTHING
    text = _said(write) if promise is not None else f"{_said(write)}{why}"
    return Premise(
        Box.whole(shape), promise, text, shape, write.step, write.dtype, unwritten=unwritten, draw=write.draw
    )
