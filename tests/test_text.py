"""Names come from strangers: whatever is in one, it is shown and not obeyed, and it ends."""

import html
import math
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import code, count, figure, listing, markdown, number, output, plain, shape, short

HOSTILE = (
    "<b>bold</b>",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '<a href="javascript:alert(1)">click</a>',
    "&lt;b&gt; &#60; &amp;",
    "![tracker](https://evil.example/x.png)",
    "[link](https://evil.example)",
    "https://evil.example www.evil.example a@evil.example",
    "net.WWW.evil HTTP://x xmpp:a@b.example mailto:a.b+c@d.example @ www : www.",
    ":material/home: :material_home: :streamlit: :smile: :+1:",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "# heading",
    "- list",
    "1. list",
    "1) list",
    "> quote",
    "| a | b |",
    "***",
    "===",
    "~~gone~~ **bold** _thin_ ==marked==",
    "$\\frac{1}{2}$ and $$x^2$$",
    ":red[red] :material/home: :smile: :blue-background[x]",
    "[^1] [x]: y",
    "`code` ``more`` ```fence```",
    "``` python",
    "\\*escaped\\*",
    "ends in \\",
    "safe\u202egnp.exe",
    "zero\u200bwidth \u2066isolate\u2069 \ufeffmark",
    "line\nbreak\r\nand\ttab \x00 \x1b[31m \x7f",
    "line\u2028and\u2029paragraph",
    "half \ud800 character",
    "private \ue000 \U000f0000 unassigned \u0378",
    "",
    " ",
    " padded ",
    "Ünïcödé 权重 😀",
    "x" * 100_000,
    "`" * 100_000,
    "<" * 100_000,
    "\u202e" * 100_000,
)
every_name = pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:24]))
names = st.one_of(st.text(), st.text("`*_<>[]()!#$:|&\\ \n-+.~^=@/{}ab1"), st.sampled_from(HOSTILE))

#: Punctuation that begins something in Markdown, GitHub's or Streamlit's; others (quotes, commas) begin nothing.
ACTIVE = set("\\`*_{}[]()#+-.!|<>~$:&=@^/")


#: An element without content, which parts two texts.
BREAK = ":small[]"
#: What Streamlit and GitHub's Markdown look for in each text once its escapes are undone: addresses, icons, arrows.
LOOKED_FOR = re.compile(
    r"https?://|www\.|[-.\w+]@|@[-\w]|:[\w+-]+:|:material[/_]|(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)", re.IGNORECASE
)


def read_markdown(text: str) -> str:
    """What a reader of Markdown sees: backslash escapes undone, and nothing left that would begin any markup."""
    return "".join(read_piece(piece) for piece in text.split(BREAK))


def read_piece(text: str) -> str:
    seen, characters = [], iter(text)
    for character in characters:
        if character == "\\":
            character = next(characters)
            assert not character.isalnum(), "a backslash before a letter stays a backslash"
        else:
            assert character not in ACTIVE, f"{character} begins markup"
        seen.append(character)
    read = "".join(seen)
    assert not LOOKED_FOR.search(read), f"{read} is made something else after its escapes are undone"
    return read


def read_code(text: str) -> str:
    """What CommonMark shows of one code span: between the first run of backticks and the next of the same length.

    Before that, Streamlit replaces what begins an icon, wherever it stands. Without a code span, it is markdown.
    """
    text = text.replace(":material/", ":material_")
    if not text.startswith("`"):
        return read_markdown(text)
    found = re.fullmatch(r"(`+)(?!`)(.*?)(?<!`)\1", text, re.DOTALL)
    assert found, f"{text} is not one code span"
    fence, inside = found.groups()
    assert fence not in re.findall("`+", inside)
    if inside.startswith(" ") and inside.endswith(" ") and inside.strip(" "):
        inside = inside[1:-1]
    return inside


class TestPlain:
    @every_name
    def test_has_no_character_that_is_not_seen_and_ends(self, name: str) -> None:
        shown = plain(name)
        assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
        assert len(shown) <= 300 * 10 + 1
        shown.encode()

    def test_leaves_ordinary_names_alone(self) -> None:
        for name in ("0.block1.0.bias", "Ünïcödé 权重 😀", "a b/c", "\u05e9\u05dc\u05d5\u05dd"):
            assert plain(name) == name

    def test_shows_what_it_takes_away(self) -> None:
        assert plain("a\u202eb\nc\ud800") == r"a\u202eb\u000ac\ud800"

    @pytest.mark.parametrize("character", "\ufe00\ufe0f\u034f\u115f\u2800\u3164\uffa0\u180b", ids=ascii)
    def test_shows_letters_and_marks_that_draw_nothing(self, character: str) -> None:
        assert plain(f"a{character}b") == f"a\\u{ord(character):04x}b"
        assert output(f"a{character}b\n{character}", 99) == f"a\\u{ord(character):04x}b\n\\u{ord(character):04x}"

    def test_shows_what_could_hold_a_whole_program(self) -> None:
        hidden = "".join(chr(0xE0100 + ord(letter)) for letter in "no")
        assert plain(hidden) == r"\U000e016e\U000e016f"

    def test_shows_in_a_listing_what_would_turn_code_around_or_pass_for_a_space(self) -> None:
        assert listing("\u05d0 - \u05d1\r\n\t\u00a0\U00010800\u202e é") == [
            r"\u05d0 - \u05d1",
            r"    \u00a0\U00010800\u202e é",
        ]

    def test_leaves_a_symbol_its_color(self) -> None:
        assert plain("❤\ufe0f") == "❤\ufe0f"

    def test_says_where_it_cuts(self) -> None:
        assert plain("x" * 300) == "x" * 300
        assert plain("x" * 301) == "x" * 300 + "…"
        assert plain("x" * 100_000, 5) == "xxxxx…"


addresses = st.lists(
    st.sampled_from(
        ["www", "WWW", ".", "http", "s", ":", "/", "//", "@", "a", "evil.example", "-", ">", "<", "material", "_"]
    )
).map("".join)


class TestMarkdown:
    @given(addresses)
    @settings(max_examples=500, deadline=None, derandomize=True, database=None)
    def test_of_an_address_is_no_address(self, name: str) -> None:
        assert read_markdown(markdown(name)) == plain(name)

    @given(addresses)
    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    def test_of_an_address_is_none_before_a_period(self, name: str) -> None:
        assert read_markdown(f"{markdown(name)}\\. ") == f"{plain(name)}. "

    @every_name
    def test_is_read_as_the_plain_name(self, name: str) -> None:
        assert read_markdown(markdown(name)) == plain(name)

    @given(names)
    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    def test_is_read_as_the_plain_name_whatever_it_is(self, name: str) -> None:
        assert read_markdown(markdown(name)) == plain(name)

    def test_as_code_shows_the_plain_name(self) -> None:
        assert code("0.weight") == "`0.weight`"
        assert code("a`b") == "`` a`b ``"

    @pytest.mark.parametrize("name", [name for name in HOSTILE if name.strip()], ids=lambda name: ascii(name[:24]))
    def test_as_code_is_one_span_of_the_plain_name(self, name: str) -> None:
        assert read_code(code(name)) == plain(name)

    @given(names.filter(str.strip))
    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    def test_as_code_is_one_span_whatever_it_is(self, name: str) -> None:
        assert read_code(code(name)) == plain(name)

    @given(addresses)
    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    def test_as_code_of_an_icon_is_the_plain_name(self, name: str) -> None:
        assert read_code(code(f"a:material/{name}:")) == f"a:material/{plain(name)}:"

    def test_as_code_nothing_is_still_a_span(self) -> None:
        assert not read_code(code("")).strip()
        assert not read_code(code(" ")).strip()


class TestFigure:
    @every_name
    def test_has_no_tag_no_anchor_and_no_formula(self, name: str) -> None:
        drawn = figure(name)
        assert not set("<>$") & set(drawn)
        assert html.unescape(drawn) == plain(name)

    @given(names)
    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    def test_is_read_as_the_plain_name_whatever_it_is(self, name: str) -> None:
        assert not set("<>$") & set(figure(name))
        assert html.unescape(figure(name)) == plain(name)


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "–"),
            (math.nan, "NaN"),
            (math.inf, "∞"),
            (-math.inf, "−∞"),
            (0.0, "0"),
            (-0.0, "−0"),
            (1, "1"),
            (42.0, "42"),
            (-3.0, "−3"),
            (0.70711, "0.7071"),
            (-0.0408, "−0.0408"),
            (1 / 3, "0.3333"),
            (0.1 + 0.2, "0.3"),
            (1e-4, "0.0001"),
            (9.99e-5, "9.990e−05"),
            (61_706, "61706"),
            (999_999, "999999"),
            (1e6, "1.000e+06"),
            (-1.5e-8, "−1.500e−08"),
            (5e-324, "4.941e−324"),
            (1e300, "1.000e+300"),
        ],
    )
    def test_has_four_digits_and_a_true_minus(self, value: float | None, text: str) -> None:
        assert number(value) == text

    def test_has_as_many_digits_as_asked_for(self) -> None:
        assert number(math.pi, 2) == "3.1"
        assert number(math.pi, 7) == "3.141593"
        assert number(1.23456e9, 2) == "1.2e+09"

    @given(st.floats(-1e308, 1e308))
    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    def test_reads_back_to_within_its_digits(self, value: float) -> None:
        text = number(value)
        assert "-" not in text
        assert float(text.replace("−", "-")) == pytest.approx(value, rel=1e-3, abs=5e-324)
        assert len(text) <= 11


class TestWords:
    def test_count_names_one_and_many(self) -> None:
        assert count(1, "tensor") == "1 tensor"
        assert count(0, "tensor") == "0 tensors"
        assert count(1_234, "tensor") == "1,234 tensors"
        assert count(2, "entry", "entries") == "2 entries"

    def test_shape_is_torchs(self) -> None:
        assert shape((8, 4)) == "(8, 4)"
        assert shape((8,)) == "(8,)"
        assert shape(()) == "()"
        assert shape(None) == "(?)"

    def test_short_ends(self) -> None:
        assert short("x") == "'x'"
        assert short(12) == "12"
        assert short("x" * 2000) == "'" + "x" * 38 + "…"
        assert short(10**5000) == "a number beyond 64 bits"
