"""What was noted of a memory, told as the story of a tensor that lies in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from math import prod

from ..questions.story import UNSEEN, Plain, Story, StoryKind
from .draws import is_long
from .given import arguments_of, fill_name
from .holes import INDEXED, covers, is_filled_since, is_lost, left_in
from .identities import Sum, added
from .laying import spread
from .masks import mask_of, own_mask, single
from .notes import Memory, Operand, Write
from .operations import UNSEEN_WRITE
from .placing import SCATTERED, is_turned, narrowed, part_of, place_in
from .regions import Region, is_diagonal, reached

#: Copies of copies are followed so far.
_DEEPEST = 12
_FILL = frozenset({"zeros_", "ones_", "constant_", "eye_", "dirac_"})
#: The name of the tensor that lies in a region of a memory, or that the region is part of, and which part.
Named = Callable[[Memory, Region], tuple[str | None, str]]


@dataclass(frozen=True, slots=True)
class _Told:
    """Where a story is told: of which region, what its sources are called, how deep among copies.

    `known`: stories that were told on the way, by memory, how many writes to it, region and depth: each is told once.
    """

    region: Region
    named: Named
    depth: int
    known: dict[tuple[int, int, Region, int], Story] = field(default_factory=dict)


def told(memory: Memory | None, region: Region, named: Named) -> Story:
    """The story of what lies in a region of memory."""
    if memory is None:
        return UNSEEN
    story = _told(memory, len(memory.writes), _Told(region, named, 0))
    left = left_in(memory, region)
    story = story if left is None else replace(story, unwritten=left)
    if story.kind == "unseen" or not region.repeats or _is_filled(story):
        return story
    name = "as_strided" if all(region.stride) else "expand"
    whole = replace(
        story, kind="transformed", function=name, owner=None, arguments={}, source=None, earlier=(), of=story
    )
    return replace(whole, shape=region.shape, part="", draw="")


def _told(memory: Memory, count: int, at: _Told) -> Story:
    """The story after the first `count` writes to a memory."""
    stories = list(_stories(memory, count, at))
    if not stories:
        return UNSEEN
    *earlier, last = (replace(story, times=min(story.times, 1)) for story in stories)
    return replace(last, times=sum(story.times for story in (*earlier, last)), earlier=tuple(earlier))


def _stories(memory: Memory, count: int, at: _Told) -> Iterator[Story]:
    """A story for each write that reached the region; what there was before only where not all was overwritten."""
    writes = list(islice(memory.writes, count))
    parts = [reached(write.region, at.region) for write in writes]
    begun = next((i for i, part in enumerate(parts) if part == "all" and _sets(writes[i])), None)
    is_filled, places = begun is None and is_filled_since(memory, count, at.region), set[str]()
    known = next((pair for pair in memory.before if reached(pair[0], at.region) == "all"), None)
    if known is not None:
        yield from narrowed(*known, at.region)
    elif not memory.seen and begun is None:
        yield UNSEEN
    for index, (write, part) in enumerate(zip(writes, parts, strict=True)):
        is_left = write.event.operation.effect != "makes" or (begun is None and not is_filled)
        if part != "none" and is_left:
            is_indexed = write.event.operation.base in INDEXED
            text = SCATTERED if is_indexed and is_lost(memory) else place_in(part, at.region)
            told_here = _passed_on(write, text, at) or (_story(memory, index, write, text, at),)
            if is_filled and (is_indexed or covers(write)) and not places & {text, ""}:
                told_here = tuple(map(_as_first, told_here))
            places.add(text)
            if part == "scattered" and is_diagonal(write.region, at.region):
                told_here = tuple(_on_the_diagonal(each, at) for each in told_here)
            turned = is_turned(write.region, part_of(part, at.region))
            yield from (replace(each, turned=True) for each in told_here) if turned else told_here


def _as_first(story: Story) -> Story:
    """Of a change of what there was, as a rule: that it set what nobody had written."""
    is_change = story.kind == "transformed" and story.function.endswith("_")
    return replace(story, kind="filled", of=None) if is_change else story


def _sets(write: Write) -> bool:
    """Whether nothing of what was there before is left."""
    effect = write.event.operation.effect
    starts_anew = write.is_new or bool(write.event.caller.function) or effect in ("draws", "fills", "copies")
    return starts_anew and effect != "makes"


def _on_the_diagonal(story: Story, at: _Told) -> Story:
    """A number put on the diagonal, told as `fill_diagonal_` however the author reached it."""
    value = 0.0 if story.function.startswith("zero") else story.arguments.get("value", story.arguments.get("val"))
    if story.kind != "filled" or story.of is not None or value is None:
        return story
    arguments: dict[str, Plain] = {"value": value}
    return replace(
        story, kind="transformed", function="fill_diagonal_", arguments=arguments, shape=at.region.shape, part=""
    )


def _story(memory: Memory, index: int, write: Write, part: str, at: _Told) -> Story:
    event, by = write.event, write.event.caller
    base = Story("written", line=by.line, step=event.step, shape=write.shape, dtype=write.dtype, part=part)
    if event.operation.effect == "makes":
        return replace(base, kind="never written", function=event.operation.base, times=0)
    if event.operation.base == UNSEEN_WRITE:
        return replace(base, function=UNSEEN_WRITE)
    if by.role == "loading":
        return _loaded(write, replace(base, kind="loaded", function="load_state_dict"), at)
    if by.role == "optimizer":
        return replace(base, kind="written", function="step")
    in_forward = by.reset == "forward" and not by.function and not write.is_new
    if event.operation.effect in ("copies", "joins") and not by.function and not (in_forward and by.owner):
        return _copied(write, base, at)
    if in_forward:
        return replace(base, kind="written", function="forward")
    made = _made(memory, index, write, base, at)
    made = replace(made, draw=f"{memory.number}.{index}") if made.kind == "drawn" and memory.number >= 0 else made
    if by.owner is None:
        return made
    return replace(base, kind="default", function=by.reset, owner=by.owner, of=replace(made, part="", times=1))


def _made(memory: Memory, index: int, write: Write, base: Story, at: _Told) -> Story:
    """What an init function did, or an operation that the author or a module made itself."""
    event, by = write.event, write.event.caller
    if by.function:
        kind: StoryKind = "filled" if by.function in _FILL else "drawn"
        return replace(base, kind=kind, function=by.function, arguments=dict(by.arguments))
    named = replace(base, function=event.operation.name, arguments=arguments_of(event))
    match event.operation.effect:
        case "draws":
            return replace(named, kind="drawn")
        case "fills":
            return replace(named, kind="filled", function=fill_name(event))
    if not write.is_new:
        return _changed(memory, index, write, named, at)
    return _computed(write, named, at)


def _changed(memory: Memory, index: int, write: Write, base: Story, at: _Told) -> Story:
    """Changed in place: by numbers, by another tensor, or by a mask that its own values gave."""
    masked = own_mask(write, memory, index)
    if masked is not None:
        return replace(base, kind="transformed", arguments=masked)
    others = [each for each in write.event.operands if not (each.memory is memory and each.region == write.region)]
    if len(others) == 1:
        itself = Operand(memory, index, write.region, write.dtype)
        found = _with_identity(write, itself, others[0], at)
        if found is not None and found.times == 1:
            return replace(base, kind="transformed", arguments=_of_sum(found))
    of = _of(others[0], at) if others and write.event.operation.is_followed else None
    return replace(base, kind="transformed", of=None if of is None else replace(of, earlier=(), of=None))


def _computed(write: Write, base: Story, at: _Told) -> Story:
    """A new tensor that was computed from others: a story where it follows from one of them and numbers."""
    was = write.shape[:-1] if write.event.operation.base == "diag_embed" else write.shape
    operands = [each for each in write.event.operands if each.region.shape == was]
    if not write.event.operation.is_followed or not operands:
        return replace(base, kind="filled")
    first, *others = operands
    if others and (mask := mask_of(others[0], first)) is not None:
        return replace(base, kind="transformed", arguments=mask, of=_of(first, at))
    if others and (mask := mask_of(first, others[0])) is not None:
        return replace(base, kind="transformed", arguments=mask, of=_of(others[0], at))
    if len(others) == 1 and (found := _with_identity(write, first, others[0], at)) is not None:
        return replace(base, kind="transformed", arguments=_of_sum(found), of=found.of)
    if others:  # of given values alone it is another given one
        given = all(of is not None and of.kind == "filled" for of in (_of(each, at) for each in operands))
        return replace(base, kind="filled" if given else "transformed")
    of = _of(first, at)
    return replace(base, kind="transformed" if of is not None and of.kind != "filled" else "filled", of=of)


def _with_identity(write: Write, first: Operand, second: Operand, at: _Told) -> Sum | None:
    """What a sum of two tensors of the written shape is, one of them a multiple of the identity."""
    event = write.event
    if event.operation.base not in ("add", "sub") or not first.region.shape == second.region.shape == write.shape:
        return None
    stories = _of(first, at), _of(second, at)
    found = added(event.operation.base, event.numbers, *stories)
    other = None if found is None else stories[0] if found.of is stories[1] else stories[1]
    return found if other is not None and other.shape == write.shape else None


def _of_sum(found: Sum) -> dict[str, Plain]:
    given: dict[str, Plain] = {"identity": found.identity}
    return given if found.times == 1 else {**given, "times": found.times}


def _passed_on(write: Write, part: str, at: _Told) -> tuple[Story, ...]:
    """All stories of a tensor of which this is the whole, where only memory changed; nothing where more did.

    That is a copy that this product made, or one that torch made to lay the values out otherwise.
    """
    event = write.event
    own = event.operation.base == "clone" and event.caller.role == "own"
    if part or not event.operands or not (own or event.operation.base == "_to_copy"):
        return ()
    source = event.operands[-1]
    of = _of(source, at, whole=True) if source.dtype.removeprefix("torch.") == write.dtype else None
    return () if of is None else (*of.earlier, replace(of, earlier=()))


def _copied(write: Write, base: Story, at: _Told) -> Story:
    event = write.event
    value = event.numbers.get("src")
    source = event.operands[-1] if event.operands else None
    if value is not None and source is not None and (made := single(source)) and made.operation.is_from_outside:
        return replace(base, kind="filled", function="fill_", arguments={"value": value})
    if source is None:
        kind: StoryKind = "filled" if event.operation.effect == "joins" else "copied"
        return replace(base, kind=kind, function=event.operation.name, arguments=arguments_of(event))
    of, (name, taken) = _named_source(source, write.shape, at)
    source = source._replace(region=spread(source.region, write.shape))
    if event.operation.base == "_to_copy" or (name is None and _is_passing(source) and event.operation.base != "clone"):
        return _taken_over(write, base, source, of)
    of = of if prod(source.region.shape) == prod(write.shape) else None  # one that was repeated is not drawn so
    return replace(base, kind="copied", function=event.operation.name, source=name, source_part=taken, of=of)


def _loaded(write: Write, base: Story, at: _Told) -> Story:
    """With what was loaded, where that was seen: a tensor of the model, or a copy of one."""
    source = write.event.operands[-1] if write.event.operands else None
    if source is None or write.event.operation.effect != "copies" or source.region.shape != write.shape:
        return base
    of, (name, taken) = _named_source(source, write.shape, at)
    return replace(base, source=name, source_part=taken, of=of)


def _named_source(source: Operand, shape: tuple[int, ...], at: _Told) -> tuple[Story | None, tuple[str | None, str]]:
    """The story of what was copied to that shape, and its name; where it has none, of what it was a full copy of."""
    spread_out = source._replace(region=spread(source.region, shape))
    of, named = _of(spread_out, at), at.named(source.memory, source.region)
    if named[0] is None and of is not None and of.kind == "copied" and of.source and not of.part:
        return (of.of, (of.source, of.source_part)) if of.shape == source.region.shape else (of, named)
    return of, named


def _is_passing(operand: Operand) -> bool:
    """Whether a tensor was computed to be put somewhere, as `torch.randn(3) * 0.1` is; a parameter was made empty."""
    first = operand.memory.writes[0].event.operation if operand.memory.writes else None
    return operand.memory.seen and first is not None and first.effect != "makes" and first.base != "clone"


def _is_filled(story: Story) -> bool:
    """Whether it is as it was filled at once, with no pattern, so that it stays so where some of it is repeated."""
    is_pattern = story.function in ("eye_", "dirac_")
    return story.kind == "filled" and story.of is None and not story.earlier and not is_pattern


def _taken_over(write: Write, base: Story, source: Operand, of: Story | None) -> Story:
    """A tensor that was computed only to be put here: its story is this one's."""
    if of is None:
        return replace(base, kind="filled", function=write.event.operation.name)
    if source.dtype.removeprefix("torch.") != write.dtype:
        return replace(base, kind="transformed", function="to", arguments={"dtype": write.dtype}, of=of)
    if prod(source.region.shape) != prod(write.shape):
        if not _is_filled(of):
            return replace(base, kind="filled", function=write.event.operation.name)
        return replace(base, kind="filled", function=of.function, arguments=of.arguments)
    line = base.line or of.line
    if of.earlier or of.part:
        return replace(base, kind="transformed", function=of.function, arguments={}, line=line, of=of)
    return replace(of, line=line, step=base.step, part=base.part, times=1)


def _of(operand: Operand, at: _Told, *, whole: bool = False) -> Story | None:
    """The story of what was computed from, as it was then; None where some of it was repeated after it was drawn.

    That is of the values that there were, or the `whole` one, with what they were written over.
    """
    if at.depth >= _DEEPEST:
        return None
    region, key = operand.region, (id(operand.memory), operand.writes, operand.region, at.depth)
    if key not in at.known:
        inner = _Told(region, at.named, at.depth + 1, at.known)
        at.known[key] = _told(operand.memory, operand.writes, inner)
    story = at.known[key] if whole else replace(at.known[key], earlier=at.known[key].left[:-1])
    if region.repeats:
        return replace(story, shape=region.shape) if _is_filled(story) else None
    return None if story.kind == "unseen" or is_long(story) else story
