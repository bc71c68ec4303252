"""The name by which a recipe means a checkpoint: its file's, for people, and its SHA-256, which decides."""

import re

from ..text import plain

_FORM = re.compile(r"(?P<file>.+)@sha256:(?P<digest>[0-9a-f]{64})", re.DOTALL)
_SHOWN_DIGITS, _LONGEST = 12, 80


def checkpoint_name(file: str, digest: str) -> str:
    """`weights.safetensors@sha256:3fa9…`, with all 64 digits."""
    return f"{file}@sha256:{digest}"


def digest_of(name: str) -> str:
    """The SHA-256 in the name of a model; "" where it names no checkpoint."""
    found = _FORM.fullmatch(name)
    return found["digest"] if found else ""


def file_of(name: str) -> str:
    """What the file is called in the name of a checkpoint; any other name as it is."""
    found = _FORM.fullmatch(name)
    return found["file"] if found else name


def shown_digits(name: str) -> str:
    """The first digits of the SHA-256 in the name of a checkpoint, as people are told it."""
    return f"{digest_of(name)[:_SHOWN_DIGITS]}…"


def missing(name: str, others: dict[str, str]) -> str:
    """The sentence on a checkpoint that is not here, and how to give it.

    Args:
        name: in a recipe; others: what the files are called that are here, with the SHA-256 of each.
    """
    file = plain(file_of(name), _LONGEST)
    found = next((digest[:_SHOWN_DIGITS] for other, digest in others.items() if other == file_of(name)), "")
    but = f"; the {file} that is here is another or was changed, its SHA-256 begins with {found}" if found else ""
    way_out = f"start Paramscope with that file: paramscope {file}, or --checkpoint and its path"
    return f"the checkpoint {file} with SHA-256 {shown_digits(name)} is not here{but}; {way_out}"
