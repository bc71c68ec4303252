"""A recipe as one URL parameter: its JSON, compressed, in URL-safe letters."""

import base64
import binascii
import zlib

from .recipe import MAX_JSON, Recipe

MAX_LINK = 16_000  # characters; browsers and proxies begin to refuse addresses not far above


def encode(recipe: Recipe) -> str:
    """The parameter's value; equal recipes give equal text."""
    return base64.urlsafe_b64encode(zlib.compress(recipe.to_json().encode(), 9)).decode().rstrip("=")


def decode(value: str) -> Recipe:
    """The recipe of a link; untrusted input.

    Raises:
        ValueError: one sentence that says what is wrong with the link.
    """
    if len(value) > MAX_LINK:
        raise ValueError(f"the link's recipe has {len(value):,} characters, more than {MAX_LINK:,}")
    try:
        packed = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, MAX_JSON + 1)
        if not unpacker.eof and len(text) <= MAX_JSON:
            raise ValueError("cut short")
        json_text = text.decode()
    except (ValueError, zlib.error, binascii.Error):
        raise ValueError("the link's recipe cannot be read: it was cut short or changed; copy the whole link") from None
    return Recipe.from_json(json_text)
