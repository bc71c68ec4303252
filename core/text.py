"""Numbers, shapes and untrusted names as text for people."""

import html
import math
import re
import unicodedata

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&=@^/])")
#: Where a reader of markdown would find an address, an icon, an emoji or an arrow in text whose marks are all escaped.
_JOINT = re.compile(r"(?<=www)(?=\.|$)|(?<=:)(?=[\w/+-]|$)|(?<=@)|(?=@)|(?<=[<>~-])(?=[=>-])", re.IGNORECASE)
_ICON = ":material/"
_BREAK = ":small[]"  # of Streamlit's: an element without content, which is not seen and not copied
_NEWLINE = re.compile(r"\r\n|\r|\n")
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
#: Letters and marks that draw nothing: what Unicode calls default ignorable, beyond its categories of controls; and the
#: empty Braille pattern. The last of the variation selectors below U+FFFF asks for a symbol's colored picture.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
_EMOJI = "\ufe0f"
_LONGEST = 300
_UNREADABLE = "its message cannot be read"


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits and a true minus sign; "–" for None."""
    if value is None:
        return "–"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        text = f"{value:.{digits - 1}e}"
    elif value == int(value) and abs(value) < 1e6:
        text = f"{int(value)}" if value or math.copysign(1, value) > 0 else "-0"
    else:
        text = f"{value:.{digits}g}"
    return text.replace("-", "−")


def apart(one: float, other: float, digits: int = 4) -> tuple[str, str]:
    """Two numbers with at least so many digits, and as many more as it takes to see that they differ."""
    for enough in range(digits, 18):
        texts = number(one, enough), number(other, enough)
        if one == other or texts[0] != texts[1]:
            return texts
    return repr(one), repr(other)


def count(value: int, singular: str, plural: str | None = None) -> str:
    """`1 tensor`, `1,234 tensors`."""
    return f"{value:,} {singular if value == 1 else plural or singular + 's'}"


def article(noun: str) -> str:
    """A name with its indefinite article: `a list`, `an int`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' and noun else 'a'} {noun}"


def capital(clause: str) -> str:
    """A clause with a capital at its beginning."""
    return clause[:1].upper() + clause[1:]


def sentence(clause: str) -> str:
    """A clause as a sentence: a capital at its beginning, a period at its end."""
    return capital(clause) + ("" if clause.endswith((".", "!", "?")) else ".")


def shape(dimensions: tuple[int, ...] | None) -> str:
    """A shape as torch writes it, without its class: `(8, 4)`; `(?)` while uninitialized."""
    return "(?)" if dimensions is None else str(dimensions)


def short(value: object) -> str:
    """A value as Python spells it, cut where a stranger made it long."""
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number beyond 64 bits"  # Python refuses to spell out one of more than 4,300 digits
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def plain(name: str, longest: int = _LONGEST) -> str:
    """A name that can be shown anywhere: no control or direction characters, no lone surrogates, not endless."""
    cleaned = _visible(name[:longest])
    return cleaned if len(name) <= longest else cleaned + "…"


def _visible(text: str) -> str:
    """Every character that nobody would see, or that moves others, by its number."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_seen, " " + text, text))


def _seen(before: str, character: str) -> str:
    unseen = _UNSEEN.match(character) and not (character == _EMOJI and unicodedata.category(before) == "So")
    if unseen or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return _number_of(character)
    return character


def _number_of(character: str) -> str:
    return f"\\u{ord(character):04x}" if character < "\U00010000" else f"\\U{ord(character):08x}"


def one_line(text: str, longest: int = _LONGEST) -> str:
    """Untrusted words as one line that can be shown anywhere, without a terminal's colors."""
    return plain(" ".join(_ANSI.sub("", text[: 2 * longest]).split()), longest)


def first_line(text: str) -> str:
    """The first line that says something, without the blanks around it; "" where none does."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def error_line(error: BaseException, longest: int = _LONGEST) -> str:
    """The first line of what an exception says; of one that says nothing, its type.

    A person's code may raise it: its text may be endless or hostile, and reading it may raise something else.
    """
    message = error_message(error, longest)
    name = plain(type(error).__name__, 80)
    return f"{name}: {message}" if message == _UNREADABLE or isinstance(error, KeyError) else message or name


def error_message(error: BaseException, longest: int = _LONGEST) -> str:
    """The first line of what an exception says, "" where it says nothing."""
    try:
        return one_line(first_line(str(error)), longest)
    except BaseException:  # whatever a person's __str__ raises
        return _UNREADABLE


def output(text: str, longest: int) -> str:
    """What a stranger's program printed, its lines kept, to be shown as it is."""
    lines = _ANSI.sub("", text[:longest]).expandtabs(8).split("\n")
    return "\n".join(map(_visible, lines)) + ("" if len(text) <= longest else "…")


def listing(code: str) -> list[str]:
    """The lines of a stranger's program, whole, to be read before it runs.

    Letters that are written from right to left would turn it around, and unusual blanks pass for spaces: they are shown
    by their numbers, too.
    """
    lines = [_visible(line.expandtabs(4)) for line in _NEWLINE.split(code)]
    return ["".join(map(_in_order, line)) for line in lines]


def _in_order(character: str) -> str:
    turns = unicodedata.bidirectional(character) in ("R", "AL", "AN")
    blank = unicodedata.category(character) == "Zs" and character != " "
    return _number_of(character) if turns or blank else character


def markdown(text: str, longest: int = _LONGEST) -> str:
    """Untrusted text for a place that reads markdown: every character of it is shown, none is obeyed.

    Addresses are looked for in the text that is left when escapes are undone, so that no escape hides one: they are
    broken in two.
    """
    return _BREAK.join(_MARKDOWN.sub(r"\\\1", part) for part in _JOINT.split(plain(text, longest)))


def code(text: str) -> str:
    """Untrusted text as inline code for a place that reads markdown.

    Streamlit rewrites what it takes for an icon even there: text with one is shown in plain letters.
    """
    cleaned = plain(text)
    if _ICON in cleaned:
        return markdown(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", cleaned)), default=0))
    pad = " " if "`" in cleaned or cleaned != cleaned.strip() or not cleaned else ""
    return f"{fence}{pad}{cleaned}{pad}{fence}"


def figure(text: str) -> str:
    """Untrusted text for a Plotly title, tick or annotation, which read some HTML."""
    return html.escape(plain(text), quote=False).replace("$", "&#36;")
