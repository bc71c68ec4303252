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
    text = name if isinstance(name, str) else _written(name)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _written(value: object) -> str:
    """A number as it is, unless Python would refuse to spell it; anything that may be deep or endless by its type."""
    if isinstance(value, int) and value.bit_length() > _LONGEST:
        return f"a number of {value.bit_length():,} bits"
    return f"{value}" if isinstance(value, int | float | None) else type(value).__name__
