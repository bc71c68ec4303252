"""One sentence for whatever is refused: the file, what it is or says against what holds, and the way out."""

from pathlib import Path

#: The way out for whatever is no checkpoint at all.
SAVE_STATE = "give a .safetensors file, or what torch.save(net.state_dict(), path) writes"
_LONGEST = 80


def refusal(path: Path, fact: str, way_out: str) -> ValueError:
    """The error that says why the file at `path` is not read, and what to do."""
    return ValueError(f"{said(path.name or str(path))} {fact}; {way_out}")


def said(name: object) -> str:
    """A name out of a file for an error's text: in quotes, with what is no printable character escaped, and short."""
    text = name if isinstance(name, str) else f"{name}"
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
