"""Titles of kinds of sharing, of uses and of tensors, as the views of tying show them."""

from collections import Counter
from collections.abc import Sequence

from core import text
from core.questions.sharing import SharedTensor, SharingKind, Use
from core.recipe.expression import expression

#: Title of each kind, and what it means.
KINDS: dict[SharingKind, tuple[str, str]] = {
    "same module": ("one module in several places", "The module itself stands in several places: one optimizer slot"),
    "same parameter": ("one Parameter in several modules", "Different modules hold one Parameter: one optimizer slot"),
    "same storage": (
        "several Parameters over one storage",
        "Separate Parameters over the same bytes: an optimizer sees two",
    ),
    "transposed view": ("a transposed view", "Separate Parameters, one the other's transpose over the same bytes"),
    "overlapping slices": (
        "overlapping slices of one storage",
        "Separate Parameters that share only some of their bytes",
    ),
    "buffer alias": (
        "a buffer over a parameter's bytes",
        "A buffer over the bytes of a parameter or of another buffer",
    ),
    "expanded": (
        "one value stored for many elements",
        "Elements share bytes: stride 0 repeats one value along an axis",
    ),
    "several uses": ("one name, several uses", "One Parameter under one name that a forward pass uses more than once"),
}


def title(names: Sequence[str], most: int = 3) -> str:
    """All names in one line, the first ones where there are many; plain text."""
    listed = " = ".join(text.plain(name, 60) for name in names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed


def place(use: Use) -> str:
    """Where a use happens, as code; plain text: `net[2]`."""
    where = expression(use.module, "get_submodule")
    return text.plain(where if use.call == 1 else f"{where}, call {use.call}", 60)


def places(uses: Sequence[Use]) -> list[str]:
    """Where each use happens; their numbers in the order of the forward pass where that does not tell them apart."""
    listed = [place(use) for use in uses]
    return listed if len(set(listed)) == len(listed) else [f"use {number}" for number, _ in enumerate(listed, 1)]


def uses_sentence(shared: SharedTensor) -> str:
    """How often, where and by which operations a forward pass uses the tensor; markdown."""
    if shared.uses is None:
        return "uses in a forward pass are unknown"
    if not shared.uses:
        return "used **0×** in a forward pass"
    sites = Counter((use.module, use.operation) for use in shared.uses)
    listed = [
        f"{text.code(expression(module, 'get_submodule'))}{f' {times:d}×' if times > 1 else ''} "
        f":gray[({text.markdown(operation)})]"
        for (module, operation), times in list(sites.items())[:4]
    ]
    more = f" and {len(sites) - 4} more places" if len(sites) > 4 else ""
    return f"used **{len(shared.uses)}×** in a forward pass: {', '.join(listed)}{more}"
