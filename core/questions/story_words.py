"""A story in words, for one line of a page or of the command."""

from pathlib import PurePath

from ..recipe.numbers import Shape
from ..recipe.slices import Box
from ..recipe.unseeded import NEVER_WRITTEN
from ..text import count, number, plain
from .story import Plain, Story

_WRITTEN = {"forward": "written by a forward pass", "numpy": "written past torch, as NumPy writes"}
_CODE = {"<init code>": "your init", "<model code>": "your model"}

_UNSEEN = "nobody looked at who wrote it"


def in_words(story: Story) -> str:
    """What one write did, by whom and where: `drawn by normal_(std=0.02) in gpt.py:12`, without what was before."""
    return " ".join(part for part in (done(story), where(story)) if part)


def done(story: Story) -> str:
    """What one write did, and to which part: `zeroed at [0]`."""
    return f"{_did(story)} at {story.part}" if story.part else _did(story)


def in_full(story: Story, most: int = 4) -> str:
    """All writes, the first first: `drawn by … in net.py:12; zeroed at [0] by your init, line 4, step 1`."""
    writes = [each for each in (*story.earlier, story) if each.kind != "unseen"] or [story]
    beginning = writes[0].shape if writes[0].kind == "never written" else None
    if len(writes) > 1 and beginning is not None and not is_unwritten(story, beginning):
        writes = writes[1:]  # of what memory held, nothing is left
    shown = writes if len(writes) <= most else [*writes[:1], *writes[1 - most :]]
    texts = [_with_step(each, writes) for each in shown]
    if story.unwritten and any(write.kind != "never written" for write in writes):
        texts.append(left_unwritten(story.unwritten))
    if len(writes) > most:
        texts.insert(1, f"{len(writes) - most} more")
    return "; ".join(texts)


def left_unwritten(elements: int) -> str:
    """That so many of a tensor's elements were never written."""
    return f"{count(elements, 'element')} of it {'is' if elements == 1 else 'are'} {NEVER_WRITTEN}"


def _with_step(write: Story, writes: list[Story]) -> str:
    """With the step also where it is the build, if others wrote in other steps."""
    told = write.line and not write.step and any(each.step for each in writes)
    return f"{in_words(write)}, step 0" if told else in_words(write)


def where(story: Story) -> str:
    """Where the author's code wrote it, and in which step."""
    if not story.line:
        return f"in step {story.step}" if story.step else ""
    file, _, line = story.line.rpartition(":")
    at = f"in {_CODE[file]}, line {line}" if file in _CODE else f"in {plain(PurePath(file).name)}:{line}"
    return f"{at}, step {story.step}" if story.step else at


def _did(story: Story) -> str:
    call = called(story)
    match story.kind:
        case "drawn":
            return f"drawn by {call}"
        case "default":
            return f"PyTorch's default of {plain(story.owner or '')}"
        case "filled":
            if story.of is not None and story.function and not story.is_put_here:
                return f"{_did(story.of)} and then {call}"
            return f"filled by {call}" if call else "filled"
        case "copied":
            source = plain(story.taken_from) or ("" if story.of is None else f"what was {_did(story.of)}")
            return f"copied from {source}" if source else "copied"
        case "transformed":
            if story.of is not None and story.is_put_here:
                return ", then ".join(dict.fromkeys(_did(each) for each in (*story.of.earlier, story.of)))
            if story.function.endswith("_"):
                return f"changed by {call}"
            return f"{_did(story.of)} and then {call}" if story.of is not None else f"computed by {call}"
        case "loaded":
            return f"loaded from {plain(story.taken_from)}" if story.source else "loaded from a state dict"
        case "written":
            return _WRITTEN.get(story.function, "written by training")
        case "never written":
            return "never written: " + ("it has no elements" if 0 in (story.shape or ()) else NEVER_WRITTEN)
        case _:
            return (
                f"its layout is {plain(story.function)}, in which writes are not observed"
                if story.function
                else _UNSEEN
            )


def called(story: Story) -> str:
    """The call that wrote it: `kaiming_normal_(mode='fan_out', nonlinearity='relu')`."""
    if "at_least" in story.arguments:
        return f"w · (abs(w) ≥ {_shown(story.arguments['at_least'])})"
    named = {name: value for name, value in story.arguments.items() if value is not None}
    arguments = ", ".join(f"{name}={_shown(value)}" for name, value in named.items())
    return f"{plain(story.function)}({arguments})" if arguments else plain(story.function)


def _shown(value: Plain) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return repr(value)
    return number(value)


def writers(story: Story) -> int:
    """How many different places in code, or steps, wrote to a tensor."""
    return len({(each.line, each.step, each.owner) for each in (*story.earlier, story) if each.times})


def is_overwritten(story: Story) -> bool:
    """Whether what an earlier write put there was put aside as a whole."""
    later = [*story.earlier[1:], story] if story.earlier else []
    return any(not each.part and each.kind in ("drawn", "filled", "copied", "loaded") for each in later)


def is_unwritten(story: Story, shape: Shape) -> bool:
    """Whether some of a tensor of that shape holds memory as it was found."""
    return unwritten(story, shape) > 0


def unwritten(story: Story, shape: Shape) -> int:
    """How many elements of a tensor of that shape hold memory as it was found, or what was computed from that."""
    known = story.unwritten
    return sum(box.numel for box in unwritten_boxes(story, shape)) if known is None else known


def unwritten_boxes(story: Story, shape: Shape) -> list[Box]:
    """What of a tensor of that shape was never written, as far as the parts of its writes tell."""
    left: list[Box] = []
    for write in (*story.earlier, story):
        box = Box.read(write.part, shape)
        if write.kind == "never written":
            new = Box.whole(shape) if box is None else box
            left = [*(rest for each in left for rest in each.minus(new)), new]
        elif box is not None and not (write.kind == "transformed" and write.function.endswith("_")):
            left = [rest for each in left for rest in each.minus(box)]
    return left


def is_copied(story: Story) -> bool:
    """Whether some of what there is was copied."""
    return any(each.kind == "copied" for each in story.left)
