"""The code editor in a real Chromium: highlighting, the editing keys, undo, find and replace, and what can be read."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.code_editor.editing import MY_INIT, field, marks, press, said, scrolled, shows, write
from tests.browser.reading import soon

HOSTILE = "<img src=x onerror=document.title='hacked'><b id=bold>bold</b></textarea><script>alert(1)</script>"
HINT = "Ctrl+F finds and replaces. Tab indents; Esc, then Tab leaves."


@pytest.mark.usefixtures("new_session")
def test_the_notebooks_init_is_highlighted(page: Page) -> None:
    shows(page, MY_INIT)
    marks(page, 0, [("keyword", "def"), ("definition", "my_init")])
    marks(page, 1, [("keyword", "if")])
    marks(page, 2, [("string", '"Init"'), ("keyword", "*"), ("keyword", "for"), ("keyword", "in"), ("numeral", "0")])
    press(page, "Control+Home ArrowDown ArrowDown")
    expect(page.locator(".cm-activeLineGutter")).to_have_text("3")


def test_strings_comments_numbers_and_decorators(page: Page) -> None:
    write(page, '@torch.no_grad()\nx = rb"a" # "c"\n"""a\nb""" + 1_0.5e-3j\n\n')
    marks(page, 0, [("decorator", "@")])
    marks(page, 1, [("string", 'rb"a"'), ("comment", '# "c"')])
    marks(page, 2, [("string", '"""a')])
    marks(page, 3, [("string", 'b"""'), ("numeral", "1_0.5e-3j")])


def test_enter_tab_and_backspace_indent(page: Page) -> None:
    write(page, "")
    page.keyboard.type("if x:  # why\ny = {1: 2}\nz")
    shows(page, "if x:  # why\n    y = {1: 2}\n    z")
    press(page, "ArrowLeft Backspace")
    shows(page, "if x:  # why\n    y = {1: 2}\nz")
    press(page, "End Tab")
    shows(page, "if x:  # why\n    y = {1: 2}\nz   ")
    press(page, "Shift+Home Shift+ArrowUp Tab")
    shows(page, "if x:  # why\n        y = {1: 2}\n    z   ")
    press(page, "Shift+Tab Shift+Tab Shift+Tab")
    shows(page, "if x:  # why\ny = {1: 2}\nz   ")
    expect(field(page)).to_be_focused()


@pytest.mark.usefixtures("new_session")
def test_enter_indents_by_what_the_editor_had_no_time_to_parse_yet(page: Page) -> None:
    # A clock by which the 20 ms are over at once that parsing may take from any one key.
    page.evaluate("() => { const now = Date.now; let late = 0; Date.now = () => now() + (late += 5) }")
    write(page, "for x in [1, 2, (3, 4)]:\n    if x:  # why")
    press(page, "Enter")
    page.keyboard.insert_text("y")
    shows(page, "for x in [1, 2, (3, 4)]:\n    if x:  # why\n        y")


def test_comments_are_toggled(page: Page) -> None:
    write(page, "if x:\n    y\n\n    z")
    press(page, "Control+A Control+/")
    shows(page, "# if x:\n#     y\n\n#     z")
    press(page, "Control+/")
    shows(page, "if x:\n    y\n\n    z")


def test_undo_and_redo_of_a_long_paste_lose_nothing(page: Page) -> None:
    write(page, "mine\n")
    said(page, "got 'mine\\n'")
    pasted = "".join(f"x{number} = {number}\n" for number in range(300))
    for _ in range(3):
        field(page).evaluate(
            """(e, text) => {
                const data = new DataTransfer()
                data.setData('text/plain', text)
                e.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))
            }""",
            pasted,
        )
        expect(page.get_by_text(f"{len(pasted) + 5} characters")).to_be_visible()
        press(page, "Control+z")
        said(page, "got 'mine\\n'")
        press(page, "Control+y")
        expect(page.get_by_text(f"{len(pasted) + 5} characters")).to_be_visible()
        press(page, "Control+z")
        said(page, "got 'mine\\n'")
        shows(page, "mine\n")


def test_find_and_replace(page: Page) -> None:
    write(page, "weight = 1\nbias = weight\n")
    press(page, "Control+f")
    page.keyboard.type("weight")
    expect(page.locator(".cm-searchMatch")).to_have_count(2)
    page.get_by_placeholder("Replace").fill("w")
    page.get_by_role("button", name="replace all").click()
    shows(page, "w = 1\nbias = w\n")
    said(page, "got 'w = 1\\nbias = w\\n'")
    press(page, "Escape")
    expect(page.get_by_placeholder("Replace")).to_have_count(0)
    said(page, HINT)


def test_find_stays_open_while_the_page_is_drawn_anew(page: Page) -> None:
    write(page, "weight above")
    press(page, "Control+f")
    page.keyboard.type("wei")
    page.wait_for_timeout(1200)
    page.keyboard.type("ght")
    expect(page.get_by_placeholder("Find")).to_have_value("weight")
    press(page, "Escape")


def test_escape_then_tab_leaves_the_field(page: Page) -> None:
    write(page, "a")
    press(page, "Escape")
    said(page, "Tab now leaves the field.")
    press(page, "Tab")
    expect(page.locator(".run")).to_be_focused()
    shows(page, "a")
    said(page, "got 'a'")  # leaving it is enough for Python to know


def test_a_screen_reader_is_told_what_the_field_is(page: Page) -> None:
    box = page.get_by_role("textbox", name="Init code")
    expect(box).to_have_attribute("aria-multiline", "true")
    expect(box).to_have_accessible_description(HINT)
    expect(page.locator("#message")).to_have_attribute("aria-live", "polite")


def test_what_is_pasted_is_text(page: Page) -> None:
    write(page, HOSTILE)
    shows(page, HOSTILE)
    assert page.locator(".editor :is(#bold, b, script)").count() == 0
    assert page.title() != "hacked"
    press(page, "Control+A Delete")
    field(page).evaluate("e => document.execCommand('insertText', false, 'x' + String.fromCharCode(0xd800, 0) + '😀')")
    page.keyboard.press("Control+Enter")
    said(page, "got 'x\\ufffd\\ufffd\\U0001f600'")
    page.get_by_role("button", name="again").click()
    expect(page.get_by_text("run False")).to_be_visible()


def test_too_long_a_paste_is_refused_as_a_whole(page: Page) -> None:
    line = "x" * 19_998 + "\n"
    write(page, line)
    expect(page.get_by_text("19999 characters")).to_be_visible()
    page.keyboard.insert_text("yy")
    said(page, "Refused: the code would have 20,001 characters, and 20,000 are possible.")
    press(page, "Tab")
    said(page, "Refused: the code would have 20,003 characters, and 20,000 are possible.")
    page.keyboard.insert_text("z")
    expect(page.get_by_text("20000 characters")).to_be_visible()
    said(page, HINT)


def test_a_long_line_is_wrapped_and_every_line_can_be_scrolled_to(page: Page) -> None:
    write(page, "x = " + " + ".join(f"number_{i}" for i in range(60)) + "\n" * 40 + "end")
    soon(page, lambda: scrolled(page) > 100, True)
    assert page.locator(".cm-scroller").evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    expect(page.locator(".cm-line").last).to_be_in_viewport()


CONTRASTS = """root => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    const paint = (...colors) => {
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1) }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
    }
    const luminance = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
    const style = (selector, name) => getComputedStyle(root.querySelector(selector))[name]
    const paper = style('.code', 'backgroundColor')
    const marked = style('.cm-line.error', 'backgroundColor')
    const contrast = (selector, ...under) => {
        const [a, b] = [paint(...under, style(selector, 'color')), paint(...under)].map(luminance).sort((a, b) => b - a)
        return (a + 0.05) / (b + 0.05)
    }
    const aNumber = '.cm-gutterElement:not(.error, .cm-activeLineGutter)'
    const kinds = ['keyword', 'string', 'numeral', 'comment', 'definition', 'decorator', 'cm-line']
    return [...kinds.map(kind => [kind, contrast('.' + kind, paper)]),
        ...kinds.map(kind => [kind + '!', contrast('.' + kind, paper, marked)]),
        ['number', contrast(aNumber, style('.cm-gutters', 'backgroundColor'))],
        ['number!', contrast('.cm-lineNumbers .error', style('.cm-lineNumbers .error', 'backgroundColor'))],
        ['message', contrast('.message', style('.foot', 'backgroundColor'))],
        ['run', contrast('.run', style('.run', 'backgroundColor'))]]
}"""


@pytest.mark.usefixtures("new_session")
def test_every_color_can_be_read_in_both_themes(page: Page) -> None:
    write(page, "@a\ndef f(): # c\n    return print('s', 1)\n\n")
    page.get_by_text("broken", exact=True).click()
    page.locator(".cm-line.error").wait_for()
    for kind in ("keyword", "string", "numeral", "comment", "definition", "decorator"):
        page.locator(f".editor .{kind}").first.wait_for()

    def faint() -> list[list[object]]:
        contrasts = page.locator(".editor").evaluate(CONTRASTS)
        assert len(contrasts) == 18
        return [contrast for contrast in contrasts if contrast[1] < 4.5]

    soon(page, faint, [])
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".cm-line.error")).to_have_css("color", "rgb(230, 235, 242)")
    soon(page, faint, [])
