"""The code editor in a real Chromium: highlighting, the editing keys, and the layers that lie on each other."""

import difflib
import inspect
import io
import textwrap
import tokenize
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Page, expect

from pages.components import code_editor as component
from tests.browser.code_editor.editing import MY_INIT, press, said, shows, tokens, write

HOSTILE = "<img src=x onerror=document.title='hacked'><b id=bold>bold</b></textarea><script>alert(1)</script>"


@pytest.mark.usefixtures("new_session")
def test_the_notebooks_init_is_highlighted(page: Page) -> None:
    shows(page, MY_INIT)
    assert tokens(page, 0) == [("keyword", "def"), ("definition", "my_init")]
    assert tokens(page, 1) == [("keyword", "if"), ("builtin", "type")]
    assert tokens(page, 2) == [
        ("builtin", "print"),
        ("string", '"Init"'),
        ("keyword", "for"),
        ("keyword", "in"),
        ("numeral", "0"),
    ]
    assert tokens(page, 3) == [("numeral", "10"), ("numeral", "10")]
    assert tokens(page, 4) == [("numeral", "5")]  # .abs is an attribute here, not the builtin
    press(page, "Control+Home ArrowDown ArrowDown")
    expect(page.locator(".number.current")).to_have_text("3")


def test_strings_comments_numbers_and_decorators(page: Page) -> None:
    write(page, '@torch.no_grad()\nx = rb"\\"" + f\'{y}\' # "c"\n"""a\nb""" 1_0.5e-3j\n\'open\\\non\' 0xFf\nm @ w')
    assert [tokens(page, line) for line in range(7)] == [
        [("decorator", "@torch.no_grad")],
        [("string", 'rb"\\""'), ("string", "f'{y}'"), ("comment", '# "c"')],
        [("string", '"""a')],
        [("string", 'b"""'), ("numeral", "1_0.5e-3j")],
        [("string", "'open\\")],
        [("string", "on'"), ("numeral", "0xFf")],
        [],
    ]
    press(page, "Control+Home")
    page.keyboard.type("'''")
    assert [tokens(page, line)[0][0] for line in (0, 2, 3)] == ["string"] * 3
    assert tokens(page, 6) == [("string", "m @ w")]


def spans(source: str) -> list[tuple[str, str]]:
    """What Python itself takes for a string, a comment or a number."""
    lines = source.splitlines(keepends=True)
    found: list[tuple[str, tuple[int, int], tuple[int, int]]] = []
    opened: list[tuple[int, int]] = []  # f-strings, which are several tokens since Python 3.12
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        if name == "FSTRING_START":
            opened.append(token.start)
        elif name == "FSTRING_END":
            start = opened.pop()
            if not opened:
                found.append(("string", start, token.end))
        elif not opened and name in ("STRING", "COMMENT", "NUMBER"):
            found.append((name.lower().replace("number", "numeral"), token.start, token.end))

    def between(start: tuple[int, int], end: tuple[int, int]) -> str:
        parts = lines[start[0] - 1 : end[0]]
        parts[-1] = parts[-1][: end[1]]
        parts[0] = parts[0][start[1] :]
        return "".join(parts)

    return [(kind, text) for kind, start, end in found for text in between(start, end).split("\n") if text]


@pytest.mark.parametrize("source", [difflib, textwrap, component], ids=lambda m: m.__name__)
def test_strings_comments_and_numbers_are_those_that_python_finds(page: Page, source: ModuleType) -> None:
    text = inspect.getsource(source)
    found = page.evaluate(
        f"""source => {{
            {(Path(component.__file__).parent / "python.js").read_text()}
            let open = ''
            return source.split('\\n').flatMap(line => {{
                const read = tokenize(line, open)
                open = read.open
                return read.tokens
            }})
        }}""",
        text,
    )
    assert "".join(token for _, token in found) == text.replace("\n", "")
    kinds = ("string", "comment", "numeral")
    assert [(kind, token) for kind, token in found if kind in kinds] == spans(text)


def test_enter_tab_and_backspace_indent(page: Page) -> None:
    write(page, "")
    page.keyboard.type("if x:  # why\ny = {1: 2}\n\nz")
    shows(page, "if x:  # why\n    y = {1: 2}\n    \n    z")
    press(page, "ArrowLeft Backspace")
    shows(page, "if x:  # why\n    y = {1: 2}\n    \nz")
    press(page, "End Tab")
    shows(page, "if x:  # why\n    y = {1: 2}\n    \nz   ")
    press(page, "Shift+Home Shift+ArrowUp Shift+ArrowUp Tab")
    shows(page, "if x:  # why\n        y = {1: 2}\n    \n    z   ")
    press(page, "Shift+Tab Shift+Tab Shift+Tab")
    shows(page, "if x:  # why\ny = {1: 2}\n\nz   ")
    assert page.evaluate("document.activeElement.localName") != "body"


def test_comments_are_toggled(page: Page) -> None:
    write(page, "if x:\n    y\n\n    # z")
    press(page, "Control+A Control+/")
    shows(page, "# if x:\n#     y\n\n#     # z")
    press(page, "Control+/")
    shows(page, "if x:\n    y\n\n    # z")


def test_undo_and_redo_cover_what_the_keys_did(page: Page) -> None:
    write(page, "a\nb")
    press(page, "Control+A Tab")
    shows(page, "    a\n    b")
    press(page, "Control+z")
    shows(page, "a\nb")
    press(page, "Control+y")
    shows(page, "    a\n    b")
    press(page, "Control+z End Enter Tab Control+z Control+z")
    shows(page, "a\nb")


def test_escape_then_tab_leaves_the_field(page: Page) -> None:
    write(page, "a")
    press(page, "Escape")
    said(page, "Tab now leaves the field")
    press(page, "Tab")
    expect(page.locator(".run")).to_be_focused()
    shows(page, "a")
    said(page, "got 'a'")  # leaving it is enough for Python to know


def test_what_is_pasted_is_text(page: Page) -> None:
    write(page, HOSTILE)
    shows(page, HOSTILE)
    assert page.locator(".editor :is(#bold, img, b, script)").count() == 0
    assert page.title() != "hacked"
    press(page, "Control+A Delete")
    page.locator("textarea").evaluate(
        "e => document.execCommand('insertText', false, 'x' + String.fromCharCode(0xd800, 0) + '😀')"
    )
    page.keyboard.press("Control+Enter")
    said(page, "got 'x\\ufffd\\ufffd\\U0001f600'")
    page.get_by_role("button", name="again").click()
    expect(page.get_by_text("run False")).to_be_visible()


def test_too_long_a_paste_is_refused_as_a_whole(page: Page) -> None:
    line = "x" * 19_998 + "\n"
    write(page, line)
    page.keyboard.insert_text("yy")
    said(page, "Refused: the code would have 20,001 characters, and 20,000 are possible.")
    press(page, "Tab")
    said(page, "Refused: the code would have 20,003 characters, and 20,000 are possible.")
    page.keyboard.insert_text("z")
    shows(page, line + "z")
    said(page, "Tab indents; Esc, then Tab leaves the field")


def test_the_layers_lie_exactly_on_each_other(page: Page) -> None:
    write(page, "x = " + "'wide 漢字 tab\t' + " * 30)
    widths = page.locator(".editor").evaluate(
        """editor => {
            const field = editor.querySelector('textarea')
            const range = document.createRange()
            range.selectNodeContents(editor.querySelector('.line'))
            const padding = parseFloat(getComputedStyle(field).paddingLeft)
            return [field.scrollWidth - padding, range.getBoundingClientRect().width]
        }"""
    )
    assert widths[0] == pytest.approx(widths[1], abs=1)
    assert widths[0] > 3000


@pytest.mark.usefixtures("new_session")
def test_of_a_thousand_lines_a_key_draws_one(page: Page) -> None:
    page.get_by_role("button", name="long").click()
    expect(page.locator(".number")).to_have_count(1401)
    page.locator("textarea").focus()
    press(page, "Control+Home")
    drawn = page.locator(".editor").evaluate(
        """async editor => {
            let drawn = 0
            new MutationObserver(all => all.forEach(change => { drawn += change.addedNodes.length }))
                .observe(editor.querySelector('.lines'), {childList: true})
            for (let i = 0; i < 20; i++) document.execCommand('insertText', false, 'a')
            await null
            return drawn
        }"""
    )
    assert drawn == 20  # one of the 1401 lines at each key
    press(page, "Control+End")
    page.locator("textarea").evaluate("() => new Promise(done => requestAnimationFrame(done))")
    last = page.locator(".line").last.bounding_box()
    frame = page.locator(".frame").bounding_box()
    assert last is not None
    assert frame is not None
    assert frame["y"] < last["y"] < frame["y"] + frame["height"]


CONTRASTS = """root => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    const paint = (...colors) => {
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1) }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
    }
    const luminance = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
    const style = (selector, name) => getComputedStyle(root.querySelector(selector))[name]
    const paper = style('.frame', 'backgroundColor')
    const marked = style('.line.error', 'backgroundColor')
    const contrast = (selector, ...under) => {
        const [a, b] = [paint(...under, style(selector, 'color')), paint(...under)].map(luminance).sort((a, b) => b - a)
        return (a + 0.05) / (b + 0.05)
    }
    const kinds = ['keyword', 'builtin', 'string', 'numeral', 'comment', 'definition', 'decorator', 'line']
    return [...kinds.map(kind => [kind, contrast('.' + kind, paper)]),
        ...kinds.map(kind => [kind + '!', contrast('.' + kind, paper, marked)]),
        ['number', contrast('.number', style('.gutter', 'backgroundColor'))],
        ['number!', contrast('.number.error', style('.number.error', 'backgroundColor'))],
        ['message', contrast('.message', style('.foot', 'backgroundColor'))],
        ['run', contrast('.run', style('.run', 'backgroundColor'))]]
}"""


@pytest.mark.usefixtures("new_session")
def test_every_color_can_be_read_in_both_themes(page: Page) -> None:
    write(page, "@a\ndef f(): # c\n    return print('s', 1)")
    page.get_by_text("broken", exact=True).click()
    page.locator(".line.error").wait_for()
    light = page.locator(".editor").evaluate(CONTRASTS)
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".line.error")).to_have_css("color", "rgb(230, 235, 242)")
    dark = page.locator(".editor").evaluate(CONTRASTS)
    assert len(light) == len(dark) == 20
    assert [contrast for contrast in (*light, *dark) if contrast[1] < 4.5] == []
