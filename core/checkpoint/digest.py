"""The SHA-256 by which a recipe names a checkpoint: of the bytes that decide its tensors, whatever the files' names."""

import hashlib

from .records import Checkpoint
from .refusing import refusal
from .source_file import SourceFile

_CHUNK = 2**20


def digest(checkpoint: Checkpoint) -> str:
    """64 hexadecimal digits: of one file its SHA-256, in a folder too; of shards that of their sorted SHA-256s.

    An index decides nothing, for each shard must hold what it says, no more and no less.

    Raises:
        ValueError: a file changed since it was opened.
    """
    each = sorted(_of_file(file) for file in checkpoint.files)
    return each[0] if len(each) == 1 else hashlib.sha256("".join(each).encode()).hexdigest()


def _of_file(file: SourceFile) -> str:
    found, read = hashlib.sha256(), 0
    with file.opened() as opened:
        while chunk := opened.read(_CHUNK):
            found.update(chunk)
            read += len(chunk)
    if read != file.size:
        raise refusal(file.path, f"had {file.size:,} bytes and has {read:,} now", "open it again")
    return found.hexdigest()
