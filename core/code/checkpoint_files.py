"""The operator's checkpoints in a process: read once, and copied into a net of plain containers at each build."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from ..checkpoint.containers import containers
from ..checkpoint.digest import digest
from ..checkpoint.opening import open_checkpoint
from ..checkpoint.records import Checkpoint
from ..checkpoint.together import copied, read_together, size_together
from ..questions.story import Story
from ..recipe.checkpoint_name import checkpoint_name
from ..recipe.own_files import OwnCheckpoint
from ..text import count, plain
from .command_line import NamedFile
from .loading_code import loading_code, unscripted


@dataclass(frozen=True)
class HeldCheckpoint:
    """A checkpoint as recipes know it, its tensors, and who wrote them: the file."""

    record: OwnCheckpoint
    tensors: Mapping[str, Tensor]
    stories: Mapping[str, Story]

    def build(self) -> nn.Module:
        """A net of copies."""
        return containers(copied(self.tensors))


def held_checkpoint(file: NamedFile, title: str) -> HeldCheckpoint:
    """The checkpoint that a command line names; nothing of it is run.

    Raises:
        ValueError: it is none, or changed while it was read; one sentence.
    """
    opened = open_checkpoint(file.target)
    label = plain(file.label)
    tensors = read_together(opened)
    record = OwnCheckpoint(
        checkpoint_name(label, digest(opened)),
        title,
        _about(opened),
        size_together(opened),
        loading_code(opened, label),
        unscripted(containers(tensors), label),
    )
    return HeldCheckpoint(record, tensors, _stories(tensors, label))


def titles(files: Sequence[NamedFile]) -> dict[NamedFile, str]:
    """What each checkpoint is called in a menu: its file's name, with folders where another has the same."""
    given = [file for file in files if file.kind == "checkpoint"]
    found = {}
    for file in given:
        parts = Path(file.target).parts
        others = [Path(other.target).parts for other in given if other != file]
        lengths = range(1, len(parts) + 1)
        alone = next((n for n in lengths if all(other[-n:] != parts[-n:] for other in others)), len(parts))
        found[file] = plain(str(Path(*parts[-alone:])))
    return found


def _about(opened: Checkpoint) -> str:
    where = f"{count(len(opened.files), 'shard')}" if len(opened.files) > 1 else "a file"
    kind = "safetensors" if opened.kind == "safetensors" else "torch.save"
    said = f"{count(len(opened), 'tensor')} in {where} of {kind}, and no code to run them."
    return plain(f"{said} {opened.told}".strip(), 1000)


def _stories(tensors: Mapping[str, Tensor], label: str) -> dict[str, Story]:
    return {
        name: Story("loaded", source=label, shape=tuple(tensor.shape), dtype=str(tensor.dtype).removeprefix("torch."))
        for name, tensor in tensors.items()
    }
