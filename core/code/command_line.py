"""Which files a command line names, and what version of them there is on disk. No torch, nothing is imported here."""

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, NoReturn

from .packages import package_of

VARIABLE = "PARAMSCOPE_FILES"
Kind = Literal["model", "init", "checkpoint"]
#: What ends the names of files that hold tensors, and of what says in which of them each lies.
ENDINGS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
_INDEX = ".index.json"


@dataclass(frozen=True)
class NamedFile:
    """A file or module that a command line names, for its model or for its inits, and what is meant in it.

    Attributes:
        target: path of a Python file, a dotted module path, or the path of a checkpoint, a file or a folder.
        function: the name after the colon, "" for all.
        given: what an init is to be given, "" for what its arguments ask for. made: whether it was written as called,
            `Init()`.
        folders: what tells it from another file of the same name, `first/` of `first/model.py`; "" where none is named.
    """

    kind: Kind
    target: str
    function: str
    given: str = ""
    made: bool = False
    folders: str = ""

    @property
    def label(self) -> str:
        """The file or module as it is shown and named in recipes: without the folders that lead to it, if possible."""
        is_path = self.kind == "checkpoint" or self.target.endswith(".py")
        return (self.folders + Path(self.target).name or self.target) if is_path else self.target


def parse(arguments: Sequence[str]) -> tuple[NamedFile, ...]:
    """The files that a command line names.

    Raises:
        ValueError: it is not understood; one sentence.
    """
    parser = _Parser(add_help=False)
    parser.add_argument("--model", action="append", default=[])
    parser.add_argument("--init", action="append", default=[])
    parser.add_argument("--checkpoint", action="append", default=[])
    given = parser.parse_args(list(arguments))
    models = [_named_file("model", text) for text in given.model]
    inits = [_named_file("init", text) for text in given.init]
    checkpoints = [checkpoint(text) for text in given.checkpoint]
    return told_apart(tuple(dict.fromkeys([*models, *checkpoints, *inits])))


def checkpoint(text: str) -> NamedFile:
    """A file of tensors, or a folder of them, by its path."""
    path = Path(text).absolute()  # not resolved: a link has a name of its own
    return NamedFile("checkpoint", str(path if path.name not in ("", "..") else path.resolve()), "")


def is_checkpoint(text: str) -> bool:
    """Whether a word of a command line names a checkpoint: by its ending, or as a file or folder that holds no code."""
    path = Path(text)
    try:
        if path.is_dir():
            return not (path / "__init__.py").exists()
        return text.endswith(ENDINGS) or (path.is_file() and not text.endswith(".py"))
    except (OSError, ValueError):
        return False


def told_apart(files: Sequence[NamedFile]) -> tuple[NamedFile, ...]:
    """The files, those of one name with as many of their folders as tell them apart."""
    targets = {file.target for file in files if file.target.endswith(".py")}
    return tuple(replace(file, folders=_folders(file.target, targets, _packages(file.target))) for file in files)


def _packages(target: str) -> int:
    """How many folders belong to the name by which a script imports a file."""
    with contextlib.suppress(ValueError):  # said when it is imported
        return len(package_of(Path(target))) if target.endswith(".py") else 0
    return 0


def _folders(target: str, targets: Collection[str], least: int) -> str:
    own = Path(target)
    others = [Path(other) for other in targets if other != target and Path(other).name == own.name]
    for count in range(least + 1, len(own.parts) + 1) if (others or least) and target in targets else ():
        if all(other.parts[-count:] != own.parts[-count:] for other in others):
            return f"{Path(*own.parts[-count:-1]).as_posix()}/" if count > 1 else ""
    return ""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        wanted = "-- --model FILE.py:build --init FILE.py:my_init --checkpoint PATH, each as often as you like"
        raise ValueError(f"{message}; write {wanted}")


def _named_file(kind: Kind, text: str) -> NamedFile:
    head, colon, tail = text.rpartition(":")
    name = tail.removesuffix("()")
    named = bool(colon) and _is_dotted(name)
    target, function = (head, name) if named else (text, "")
    if target.endswith(".py"):
        target = str(Path(target).resolve())
        if not Path(target).stem.isidentifier():
            raise ValueError(f"{Path(target).name} cannot be imported; rename it to letters, digits and _")
    return NamedFile(kind, target, function, made=named and name != tail)


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def one_object(kind: Kind, reference: str, given: str = "") -> NamedFile:
    """A reference to one object, `path/to/file.py:name` or `package.module:name`; `given` as for `NamedFile`.

    Raises:
        ValueError: it names none.
    """
    target, _, written = reference.rpartition(":")
    name = written.removesuffix("()")
    if not target or not _is_dotted(name):
        raise ValueError(f"{reference!r} names no object; write path/to/file.py:name or package.module:name")
    return NamedFile(kind, target, name, given, made=name != written)


def to_environment(files: Sequence[NamedFile]) -> dict[str, str]:
    """What tells a process that imports torch which files to import as well."""
    return {VARIABLE: json.dumps([asdict(file) for file in files])} if files else {}


def from_environment(environment: Mapping[str, str] = os.environ) -> tuple[NamedFile, ...]:
    """What `to_environment` wrote."""
    return tuple(NamedFile(**fields) for fields in json.loads(environment.get(VARIABLE, "[]")))


def version(files: Sequence[NamedFile], neighbors: Sequence[str] = ()) -> str:
    """A digest of the contents of files, and of what they import beside them: another one once one changed on disk."""
    digest = hashlib.sha256()
    for file in files:
        try:
            content = _identity(Path(file.target)) if file.kind == "checkpoint" else _content(file)
        except (OSError, ValueError):
            content = b"gone"
        _add(digest, file.target, content)
    for path in neighbors:
        try:
            content = Path(path).read_bytes()
        except OSError:
            content = b"gone"
        _add(digest, path, content)
    return digest.hexdigest()[:16] if files else ""


def _add(digest: "hashlib._Hash", name: str, content: bytes) -> None:
    digest.update(f"{name}:{len(content)}:".encode(errors="surrogateescape") + content)


def _content(file: NamedFile) -> bytes:
    path = source_path(file)
    return path.read_bytes() if path is not None else b""


def _identity(path: Path) -> bytes:
    """What tells a checkpoint from itself as it was without reading it: inode, size and time of each of its files."""
    each = [path]
    if path.is_dir():
        each = sorted(inside for inside in path.iterdir() if inside.name.endswith((*ENDINGS, _INDEX)))
    known = [(str(one), *_told(one)) for one in each]
    return repr(known).encode(errors="surrogateescape")


def _told(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def source_path(file: NamedFile) -> Path | None:
    """The path of its source, where it can be told without importing anything."""
    if file.target.endswith(".py"):
        return Path(file.target)
    relative = Path(*file.target.split("."))
    for candidate in (relative.with_suffix(".py"), relative / "__init__.py"):
        if candidate.exists():
            return candidate.resolve()
    if "." in file.target:
        return None
    found = importlib.util.find_spec(file.target)
    return Path(found.origin) if found is not None and found.origin else None
