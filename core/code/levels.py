"""Why code did not reach a tensor: what it goes over ends above it, or lies elsewhere in the model."""

from collections.abc import Collection

from torch import nn

from ..module.walk import NamedTensor, named_modules, split
from ..text import plain
from .calls import InitCalls
from .habits import Habits
from .loops import Loop
from .missed import Missed
from .reaching import module_in


def out_of_reach(
    entry: NamedTensor, model: nn.Module, place: nn.Module, calls: InitCalls, habits: Habits, hit: Collection[str]
) -> Missed | None:
    """That all that the code goes over does not hold the tensor, where what it wrote to bears that out.

    Of a function that is called on every module none of that is known.
    """
    if calls.count > 1:
        return None
    variables: dict[str, object] = {"net": model, habits.argument: place}
    names = {id(here.module): here.name for here in named_modules(model)}
    found = [(loop, module_in(loop.module, variables)) for loop in habits.loops]
    known = [(loop, names[id(module)]) for loop, module in found if module is not None and id(module) in names]
    owner, owners = split(entry.name)[0], {split(name)[0] for name in hit}
    inner = [loop for loop in habits.loops if loop.inner]
    all_down = any(loop.reach == "all" for loop in inner)
    if any(loop.reach == "all" and _is_in(owner, above) for loop, above in known):
        return None
    for loop, above in known:
        if loop.inner or not _is_in(owner, above):
            continue
        if loop.reach == "children" and not all_down and _levels(owner, above) > 1 + len(inner):
            if all(_levels(each, above) <= 1 + len(inner) for each in owners):
                return _too_deep(loop, owner, above, "the direct children only")
        elif loop.reach == "own" and owner != above and all(each == above for each in owners):
            return _too_deep(loop, owner, above, "the module's own tensors only")
    return _elsewhere(known, owner, owners)


def _elsewhere(known: Collection[tuple[Loop, str]], owner: str, owners: Collection[str]) -> Missed | None:
    """Where the code goes over parts of the model only, and wrote to nothing besides."""
    within = [(loop, above) for loop, above in known if not loop.inner]
    if not within or any(_is_in(owner, above) for _, above in within):
        return None
    if not all(any(_is_in(each, above) for _, above in within) for each in owners):
        return None
    loop, where = within[0][0], plain(owner) or "the net itself"
    return Missed(
        f"line {loop.line} goes over {plain(loop.text, 80)} only, and this lies outside of that, in {where}",
        "go over all of the net, net.modules(); or over this part as well",
        vain=False,
    )


def _too_deep(loop: Loop, owner: str, above: str, which: str) -> Missed:
    through = ".".join(owner.split(".")[: above.count(".") + 2 if above else 1])
    return Missed(
        f"line {loop.line} goes over {plain(loop.text, 80)}, {which}, and this lies deeper, in {plain(through)}",
        f"go all the way down: {plain(loop.all_down, 80)}",
        vain=False,
    )


def _is_in(owner: str, above: str) -> bool:
    """Whether a module is another, or lies below it."""
    return not above or owner == above or owner.startswith(f"{above}.")


def _levels(owner: str, above: str) -> int:
    """How many levels a module lies below another, 0 where it does not."""
    rest = (owner[len(above) + 1 :] if above else owner) if _is_in(owner, above) else ""
    return rest.count(".") + 1 if rest else 0
