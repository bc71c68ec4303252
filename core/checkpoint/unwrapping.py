"""Names as the model itself has them, without what a wrapper put before them."""

from collections.abc import Sequence

#: Segments that only torch's own wrappers write, wherever they stand.
_SEGMENTS = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
_WRAPPERS = {"_orig_mod": "torch.compile", "module": "DataParallel or DistributedDataParallel", "model": "Lightning"}


def unwrapped(names: Sequence[str], *, lightning: bool = False) -> tuple[list[str], tuple[str, ...]]:
    """The names without segments of wrappers, and which were taken away.

    `_orig_mod.` goes wherever it stands; `module.`, and where `lightning` is set `model.`, where every name begins with
    it. Nothing goes that would make two names one.
    """
    found, taken = list(names), []
    for segment in _SEGMENTS:
        shorter = [without(name, segment) for name in found]
        if shorter != found and _distinct(shorter):
            found = shorter
            taken.append(segment)
    prefixes = ("module", "model") if lightning else ("module",)
    for prefix in prefixes:
        if found and all(name.startswith(f"{prefix}.") and len(name) > len(prefix) + 1 for name in found):
            found = [without(name, prefix) for name in found]
            taken.append(prefix)
    return found, tuple(taken)


def _distinct(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names) and "" not in names


def without(name: str, segment: str) -> str:
    """A name without one of those segments, as `unwrapped` takes it away."""
    if segment in _SEGMENTS:
        return ".".join(part for part in name.split(".") if part != segment)
    return name.removeprefix(f"{segment}.")


def is_anywhere(segment: str) -> bool:
    """Whether a segment is taken away wherever it stands, and not only before a name."""
    return segment in _SEGMENTS


def told_of(taken: Sequence[str]) -> str:
    """A sentence that says what was taken away, "" for nothing."""
    said = [f"{segment}." + (f" ({_WRAPPERS[segment]})" if segment in _WRAPPERS else "") for segment in taken]
    return f"Taken from the names: {', '.join(said)}." if said else ""


def joined(*sentences: str) -> str:
    """Those sentences that say something, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)
