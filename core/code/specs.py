"""Which files a command line names, and what version of them there is on disk. No torch, nothing is imported here."""

import argparse
import hashlib
import importlib.util
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NoReturn

VARIABLE = "PARAMSCOPE_FILES"
Kind = Literal["model", "init"]


@dataclass(frozen=True)
class Spec:
    """One `--model` or `--init`.

    Attributes:
        target: path of a Python file, or a dotted module path; function: the name after the colon, "" for all.
    """

    kind: Kind
    target: str
    function: str

    @property
    def label(self) -> str:
        """The file or module as it is shown and named in recipes: without the folders that lead to it."""
        return Path(self.target).name if self.target.endswith(".py") else self.target

    @property
    def module(self) -> str:
        """The name it is imported under."""
        return Path(self.target).stem if self.target.endswith(".py") else self.target


def parse(arguments: Sequence[str]) -> tuple[Spec, ...]:
    """The files that a command line names.

    Raises:
        ValueError: it is not understood; one sentence.
    """
    parser = _Parser(add_help=False)
    parser.add_argument("--model", action="append", default=[])
    parser.add_argument("--init", action="append", default=[])
    given = parser.parse_args(list(arguments))
    models, inits = [_spec("model", text) for text in given.model], [_spec("init", text) for text in given.init]
    return tuple(dict.fromkeys([*models, *inits]))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; write -- --model FILE.py:build --init FILE.py:my_init, each as often as you like")


def _spec(kind: Kind, text: str) -> Spec:
    head, colon, tail = text.rpartition(":")
    named = bool(colon) and tail.isidentifier()
    target, function = (head, tail) if named else (text, "")
    if target.endswith(".py"):
        target = str(Path(target).resolve())
        if not Path(target).stem.isidentifier():
            raise ValueError(f"{Path(target).name} cannot be imported; rename it to letters, digits and _")
    return Spec(kind, target, function)


def to_environment(specs: Sequence[Spec]) -> dict[str, str]:
    """What tells a process that imports torch which files to import as well."""
    return {VARIABLE: json.dumps([asdict(spec) for spec in specs])} if specs else {}


def from_environment(environment: Mapping[str, str] = os.environ) -> tuple[Spec, ...]:
    """What `to_environment` wrote."""
    return tuple(Spec(**fields) for fields in json.loads(environment.get(VARIABLE, "[]")))


def version(specs: Sequence[Spec]) -> str:
    """A digest of the files' contents: another one, once one of them changed on disk."""
    digest = hashlib.sha256()
    for spec in specs:
        path = source_path(spec)
        try:
            content = path.read_bytes() if path is not None else b""
        except OSError:
            content = b"gone"
        digest.update(f"{spec.target}:{len(content)}:".encode() + content)
    return digest.hexdigest()[:16] if specs else ""


def source_path(spec: Spec) -> Path | None:
    """The file of a spec, where it can be told without importing anything."""
    if spec.target.endswith(".py"):
        return Path(spec.target)
    relative = Path(*spec.target.split("."))
    for candidate in (relative.with_suffix(".py"), relative / "__init__.py"):
        if candidate.exists():
            return candidate.resolve()
    if "." in spec.target:
        return None
    found = importlib.util.find_spec(spec.target)
    return Path(found.origin) if found is not None and found.origin else None
