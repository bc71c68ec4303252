"""How tensors that are not tied came to be equal, as far as their stories tell."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..questions.story import Story

#: The kinds of write that give a tensor all its values, whatever it held before.
_SETTING = ("drawn", "default", "filled", "copied", "loaded")
NOTHING_KNOWN = "nothing known ties them"
NOT_SEEN = "how they came to be equal was not observed"
_MOST = 3  # names, places or changes in a list


class _Writes(NamedTuple):
    """A story in two: the last write that gave the tensor all its values, and what was written after it."""

    setting: Story
    since: tuple[Story, ...]


def reason(stories: Mapping[str, Story]) -> str:
    """How tensors of these names came to be equal, a clause; that nothing is known where their stories do not say.

    A draw counts where all have the same one: equal bits then mean that the random stream began at one place each time.
    A copy counts where the others are its source, or copies of that source too. What was done to all since is added.
    """
    writes = {name: _parted(story) for name, story in stories.items()}
    settings = {name: written.setting for name, written in writes.items()}
    told = _by_copies(settings) or _by_the_same_write(list(settings.values()))
    if not told:
        return _of_each(settings)
    copies = [written for written in writes.values() if written.setting.kind == "copied"]
    changes = [_listed(map(_words, written.since)) for written in copies or writes.values()]
    then = changes[0] if len(set(changes)) == 1 else "changed, each in its own way"
    return f"{told}; since then {then}" if then else told


def start_reason(first: Story, second: Story) -> str:
    """Why a tensor begins as another does, a clause; "" where not both were drawn, and left as they were drawn."""
    writes = [_parted(story) for story in (first, second)]
    if any(written.setting.kind not in ("drawn", "default") or written.since for written in writes):
        return ""
    calls = [_words(written.setting) for written in writes]
    return f"both {calls[0]} after the same seed" if calls[0] == calls[1] else "both drawn after the same seed"


def _parted(story: Story) -> _Writes:
    history = (*story.earlier, story)
    whole = (place for place, write in enumerate(history) if write.kind in _SETTING and not write.part)
    place = max(whole, default=0)
    return _Writes(history[place], history[place + 1 :])


def _by_copies(settings: Mapping[str, Story]) -> str:
    """Copies of one another, or all of one tensor that is not among them; "" where their stories do not say so."""
    copies = {name: story for name, story in settings.items() if story.kind == "copied"}
    sources = dict.fromkeys(story.source for story in copies.values())
    if not copies:
        return ""
    how = _in_parentheses(copies.values())
    if all(source in settings for source in sources):
        return f"copied from {_listed(map(str, sources))}{how}" if len(settings) - len(copies) < 2 else ""
    originals = [story.of for story in copies.values() if story.of is not None]
    unnamed_differ = None in sources and len(set(map(_words, originals))) > 1
    if len(copies) < len(settings) or len(sources) > 1 or unnamed_differ:
        return ""
    (source,) = sources
    of = originals[0] if originals else None
    what = source or "one tensor that the model does not hold"
    return f"each copied from {what}{how}{f', which was {_words(of)}' if of is not None else ''}"


def _in_parentheses(copies: Iterable[Story]) -> str:
    """Which functions copied, and where."""
    listed = list(copies)
    functions, places = (dict.fromkeys(filter(None, found)) for found in zip(*map(_how, listed), strict=True))
    said = ", ".join(filter(None, (_listed(functions), _listed(places))))
    return f" ({said})" if said else ""


def _how(story: Story) -> tuple[str, str]:
    return story.function, _place(story)


def _by_the_same_write(settings: Sequence[Story]) -> str:
    """One function with the same arguments wrote each of them, from one seed if it draws."""
    first = settings[0]
    alike = {(story.kind, story.function, story.owner, _arguments(story)) for story in settings}
    if len(alike) > 1 or any(story.part for story in settings):
        return ""
    what, places = _words(first, place=False), _listed(dict.fromkeys(filter(None, map(_place, settings))))
    where = f" ({places})" if places else ""
    match first.kind:
        case "drawn" | "default":
            return f"each {what}{where} after the same seed"
        case "filled" | "loaded":
            return f"each {what}{where} with the same values"
        case "never written":
            return "none was ever written: memory as it was found"
        case _:
            return ""


def _of_each(settings: Mapping[str, Story]) -> str:
    """What is known of the first ones, where that is no reason to be equal."""
    if any(story.kind == "unseen" for story in settings.values()):
        return NOT_SEEN
    return f"{NOTHING_KNOWN}: {_listed(f'{name} was {_words(story)}' for name, story in settings.items())}"


def _words(story: Story, *, place: bool = True) -> str:
    """A write in words: `drawn by normal_(std=0.02) at net.py:12`."""
    verb = {"default": "drawn", "transformed": "changed"}.get(story.kind, story.kind)
    function = f"{story.owner}.{story.function}" if story.owner and story.kind == "default" else story.function
    by = f" by {function}{_arguments(story)}" if function else ""
    source = f" from {story.source}" if story.source else ""
    where = f" at {_place(story)}" if place and _place(story) else ""
    return f"{verb}{source}{by}{where}"


def _arguments(story: Story) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in story.arguments.items())
    return f"({given})" if given else ""


def _place(story: Story) -> str:
    """The author's own line, else the recipe's step; "" for what torch did in the build."""
    return story.line or (f"step {story.step}" if story.step else "")


def _listed(words: Iterable[str]) -> str:
    told = list(words)
    more = len(told) - _MOST
    return ", ".join(told[:_MOST]) + (f" and {more} more" if more > 0 else "")
