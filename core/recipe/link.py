"""A recipe, or code, as one URL parameter: the text compressed, in URL-safe letters."""

import base64
import binascii
import zlib

from .recipe import MAX_JSON, Recipe

MAX_LINK = 16_000  # characters; browsers and proxies begin to refuse addresses not far above


#: The value where a recipe is too long for a link, so that its file holds it.
IN_A_FILE = "in-a-file"


def encode(recipe: Recipe) -> str:
    """The parameter's value, however long; equal recipes give equal text."""
    return pack(recipe.to_json())


def encode_short(recipe: Recipe) -> str | None:
    """As `encode`; None of a recipe that is too long to be opened by a link."""
    value = encode(recipe)
    return value if len(value) <= MAX_LINK else None


def decode(value: str) -> Recipe:
    """The recipe of a link; untrusted input.

    Raises:
        ValueError: one sentence that says what is wrong with the link.
    """
    if value == IN_A_FILE:
        raise ValueError("its recipe is too long for a link, so the address does not hold it; open its file instead")
    if len(value) > MAX_LINK:
        raise ValueError(f"the link's recipe has {len(value):,} characters, more than {MAX_LINK:,}")
    try:
        json_text = unpack(value, MAX_JSON)
    except ValueError:
        raise ValueError("the link's recipe cannot be read: it was cut short or changed; copy the whole link") from None
    return Recipe.from_json(json_text)


def pack(text: str) -> str:
    """A text as the value of a parameter; lone surrogates become question marks."""
    return base64.urlsafe_b64encode(zlib.compress(text.encode(errors="replace"), 9)).decode().rstrip("=")


def unpack(value: str, most: int) -> str:
    """The text of a parameter's value; untrusted input.

    Args:
        value: as `pack` gives it; most: bytes of the text, of which not many more are ever unpacked. A longer one comes
            cut, for whoever reads it to refuse.

    Raises:
        ValueError: it is no such value.
    """
    try:
        packed = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, most + 1)
    except (zlib.error, binascii.Error) as error:
        raise ValueError("no packed text") from error
    if not unpacker.eof and len(text) <= most:
        raise ValueError("cut short")
    return text.decode()
