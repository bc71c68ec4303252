"""Whether checkpoints fit into memory, told from their headers before a value is read."""

from ..checkpoint.opening import open_checkpoint
from ..checkpoint.together import size_together
from ..code.command_line import NamedFile
from .jail.limits import WITHOUT_CODE
from .memory import Memory, memory

#: A process that measures holds two moments, and of the tensor that it measures copies in wider numbers.
_MOMENTS, _COPIES = 2, 4
_GB = 1e9


def too_large(
    files: tuple[NamedFile, ...], bound: int = WITHOUT_CODE.memory, here: Memory | None = None
) -> dict[NamedFile, str]:
    """The checkpoints for which there is no memory, each with the sentence on why.

    Args:
        files: as a command line names them, read in that order into one process.
        bound: bytes that a process which measures may take; here: the memory, by default as it is now.
    """
    reasons, read = {}, 0
    here = here or memory()
    for file in files:
        if file.kind != "checkpoint":
            continue
        try:
            opened = open_checkpoint(file.target)
        except ValueError:
            continue  # said by whoever reads it
        size, largest = size_together(opened), max((record.nbytes for record in opened.values()), default=0)
        measured = _MOMENTS * size + _COPIES * largest
        free = bound if here is None else here.free - here.reserve - read
        if measured > bound or size + measured > free:
            reasons[file] = (
                f"{file.label} holds tensors of {_said(size)}, which take {_said(size + measured)} to be shown before "
                f"and after a step: a process may take {_said(bound)} for it, and {_said(max(free, 0))} are free here; "
                "give a shard of it, or a smaller file"
            )
        else:
            read += size
    return reasons


def _said(size: int) -> str:
    return f"{size / _GB:.3g} GB"
