"""Masks that a tensor's own magnitudes gave, and what made a tensor at one stroke."""

from math import prod

from ..questions.story import Plain
from .notes import Event, Memory, Operand, Write
from .regions import Region


def own_mask(write: Write, memory: Memory, index: int) -> dict[str, Plain] | None:
    """`{"at_least": t}` where values were kept if their magnitude was at least t, and zeroed if not."""
    itself = Operand(memory, index, write.region, "")
    for operand in write.event.operands:
        if operand.memory is not memory:
            found = mask_of(operand, itself)
            if found is not None and write.event.operation.base == "mul":
                return found
            dropped = mask_of(operand, itself, keeps=False)
            sets_zero = write.event.numbers.get("value", write.event.numbers.get("values")) == 0
            if dropped is not None and write.event.operation.base in ("masked_fill", "index_put") and sets_zero:
                return dropped
    return None


_KEEPS, _DROPS = ("ge", "gt"), ("lt", "le")


def mask_of(mask: Operand, of: Operand, *, keeps: bool = True) -> dict[str, Plain] | None:
    """Where a mask says which magnitudes of a tensor, as it is, are at least so large (or, else, are not)."""
    compared = single(mask)
    if compared is None or compared.operation.base not in (_KEEPS if keeps else _DROPS):
        if compared is not None and compared.operation.base == "_to_copy" and compared.operands:
            return mask_of(compared.operands[0], of, keeps=keeps)
        return None
    magnitude = single(compared.operands[0]) if compared.operands else None
    if magnitude is None or magnitude.operation.base != "abs" or not magnitude.operands:
        return None
    inner = magnitude.operands[0]
    same = inner.memory is of.memory and inner.writes == of.writes and inner.region == of.region
    bound = compared.numbers.get("other")
    return {"at_least": bound} if same and isinstance(bound, int | float) else None


def single(operand: Operand) -> Event | None:
    """The event that made a tensor, where nothing happened to it since."""
    written = operand.memory.writes[: operand.writes]
    return written[0].event if len(written) == 1 and written[0].is_new else None


def is_of(operand: Operand, memory: Memory, region: Region) -> bool:
    """Whether a tensor is what lies in a region of memory now, or a copy of that, or a copy of such a copy."""
    if operand.memory is memory:
        return operand.writes == len(memory.writes) and operand.region == region
    made = single(operand)
    if made is None or made.operation.base not in ("clone", "_to_copy") or len(made.operands) != 1:
        return False
    (of,), written = made.operands, operand.memory.writes[0]
    is_whole = written.region == operand.region and of.region.shape == operand.region.shape
    return is_whole and of.dtype == operand.dtype and prod(region.shape) > 0 and is_of(of, memory, region)
