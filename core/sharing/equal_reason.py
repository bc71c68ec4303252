"""How tensors that are not tied came to be equal, as far as their stories tell."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..questions.story import Story
from ..questions.story_words import called, in_words, where

NOTHING_KNOWN = "nothing known ties them"
NOT_SEEN = "how they came to be equal was not observed"
_MOST = 3  # names, places or changes in a list


class _Writes(NamedTuple):
    """A story in two: the last write that gave the tensor all its values, and what was written after it."""

    setting: Story
    since: tuple[Story, ...]


def reason(stories: Mapping[str, Story], untied: Mapping[str, int] | None = None) -> str:
    """How tensors of these names came to be equal, a clause; that nothing is known where their stories do not say.

    A draw counts where all have the same one: equal bits then mean that the random stream began at one place each time.
    A copy counts where the others are its source, or copies of that source too. What was done to all since is added.

    Args:
        stories: by qualified name; untied: names that a step of the recipe untied, and which, the first being 1.
    """
    writes = {name: _parted(story) for name, story in stories.items()}
    settings = {name: written.setting for name, written in writes.items()}
    if told := _by_untying(stories, untied or {}):
        return told
    told = _by_copies(settings) or _by_the_same_write(list(settings.values()))
    if not told:
        return _of_each(settings)
    copies = [written for written in writes.values() if _is_copy(written.setting)]
    changes = [_listed(map(in_words, written.since)) for written in copies or writes.values()]
    then = changes[0] if len(set(changes)) == 1 else "changed, each in its own way"
    return f"{told}; since then {then}" if then else told


def start_reason(first: Story, second: Story) -> str:
    """Why a tensor begins as another does, a clause; "" where not both were drawn in place, and left as they were."""
    writes = [_parted(story) for story in (first, second)]
    if any(not _is_drawn_in_place(written.setting) or written.since for written in writes):
        return ""
    draws = dict.fromkeys(_draw(written.setting) for written in writes)
    return f"both drawn{f' by {next(iter(draws))}' if len(draws) == 1 else ''} after the same seed"


def _parted(story: Story) -> _Writes:
    setting, *since = story.left
    return _Writes(setting, tuple(since))


def _by_untying(stories: Mapping[str, Story], untied: Mapping[str, int]) -> str:
    """That they were one until a step of the recipe, where nobody wrote to them since."""
    steps = {name: step for name, step in untied.items() if name in stories}
    first = min(steps.values(), default=0)
    if len(steps) < len(stories) - 1 or any(story.step >= first for story in stories.values()):
        return ""
    return f"one tensor until {_listed(f'step {step}' for step in dict.fromkeys(steps.values()))} untied them"


def _by_copies(settings: Mapping[str, Story]) -> str:
    """Copies of one another, or all of one tensor that is not among them; "" where their stories do not say so."""
    copies = {name: story for name, story in settings.items() if _is_copy(story)}
    sources = dict.fromkeys(story.taken_from for story in copies.values())
    if not copies:
        return ""
    did = "loaded" if all(story.kind == "loaded" for story in copies.values()) else "copied"
    if all(source in settings for source in sources):
        told = f"{did} from {_listed(map(str, sources))}{_places(copies.values())}"
        return told if len(settings) - len(copies) < 2 else ""
    originals = [story.of for story in copies.values() if story.of is not None]
    unnamed_differ = "" in sources and len(set(map(in_words, originals))) > 1
    if len(copies) < len(settings) or len(sources) > 1 or unnamed_differ:
        return ""
    (source,) = sources
    was = f" (it was {in_words(originals[0])})" if originals else ""
    return f"each {did} from {source or 'a tensor that the model does not hold'}{was}{_places(copies.values())}"


def _is_copy(story: Story) -> bool:
    """Of another tensor; what was loaded is one where it is known of which."""
    return story.kind == "copied" or (story.kind == "loaded" and story.source is not None)


def _by_the_same_write(settings: Sequence[Story]) -> str:
    """One function with the same arguments wrote each of them, from one seed if it draws."""
    first, places = settings[0], _places(settings)
    alike = {(story.kind, called(story), story.owner, story.of and in_words(story.of)) for story in settings}
    if len(alike) > 1 or any(story.part for story in settings):
        return ""
    if _is_drawn_in_place(first):
        return f"each drawn by {_draw(first)} after the same seed{places}"
    match first.kind:
        case "drawn" | "transformed" if first.kind == "drawn" or first.of is not None:
            once = ": one draw for all of them, or one seed for each" if _is_drawn(first) else ""
            return f"each {in_words(first)}{once}"
        case "filled" | "loaded":
            by = f" by {called(first)}" if first.kind == "filled" and first.function else ""
            return f"each {first.kind}{by} with the same values{places}"
        case "never written":
            return "none was ever written: memory as it was found"
        case _:
            return ""


def _is_drawn_in_place(story: Story) -> bool:
    """By a function that fills the tensor itself; what `torch.randn` gives may have been copied into several."""
    return story.kind == "default" or (story.kind == "drawn" and story.function.endswith("_"))


def _is_drawn(story: Story) -> bool:
    """Whether what it was made of was drawn; what was filled is equal wherever it is done."""
    beginning = story
    while beginning.of is not None:
        beginning = beginning.of
    return beginning.kind in ("drawn", "default")


def _draw(story: Story) -> str:
    return f"{story.owner}.{story.function}" if story.kind == "default" and story.owner else called(story)


def _of_each(settings: Mapping[str, Story]) -> str:
    """What is known of the first ones, where that is no reason to be equal for all."""
    if any(story.kind == "unseen" for story in settings.values()):
        return NOT_SEEN
    known = _listed((f"{name} was {in_words(story)}" for name, story in settings.items()), "; ")
    some_copied = any(_is_copy(story) for story in settings.values())
    return known if some_copied else f"{NOTHING_KNOWN}: {known}"


def _places(stories: Iterable[Story]) -> str:
    """Where the author's own code wrote, or in which steps, with a blank before; "" for what torch did in the build."""
    found = _listed(dict.fromkeys(filter(None, map(where, stories))))
    return f" {found}" if found else ""


def _listed(words: Iterable[str], between: str = ", ") -> str:
    told = list(words)
    more = len(told) - _MOST
    return between.join(told[:_MOST]) + (f" and {more} more" if more > 0 else "")
